import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

export interface Route {
  readonly method: string;
  readonly path: string;
}

/** Says in each answer which route it came from; absent where there was none. */
export const matchedRouteHeader = 'x-matched-route';

/** Started beside the gateway's own modules, it sees every route that Fastify is given, and which of them a request reaches. */
@Module({})
export class RouteWatch {
  readonly routes: Route[] = [];

  constructor(host: HttpAdapterHost) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) this.routes.push({ method: one, path: url });
    });
    fastify.addHook('onRequest', (request, reply, done) => {
      if (!request.is404) void reply.header(matchedRouteHeader, request.routeOptions.url);
      done();
    });
  }
}

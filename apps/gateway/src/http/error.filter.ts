import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable } from '@nestjs/common';
import { isUnreachable } from '#database';
import { GatewayError, StorageUnavailable } from '#errors';
import { Settings } from '#settings';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BodyMalformed, BodyTooLarge, MediaTypeUnsupported, RouteNotFound } from './http-failures.js';
import { bugProblem, problemMediaType, problemOf } from './problem.js';

/** The one place where a failure becomes an HTTP answer. */
@Catch()
@Injectable()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly settings: Settings) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.sent) return;
    const where = { publicUrl: this.settings.publicUrl, requestId: request.id };
    const failure = expected(error, request);
    if (!failure) request.log.error({ err: error, request_id: request.id }, 'A bug: this error was not expected');
    else if (failure.cause !== undefined) request.log.warn({ err: failure, request_id: request.id }, failure.failure.code);

    const problem = failure ? problemOf(failure, where) : bugProblem(where);
    if (failure?.retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(failure.retryAfterSeconds)));
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.status(problem.status).type(problemMediaType).send(JSON.stringify(problem));
  }
}

/** The failure that an error stands for; none for a bug. */
function expected(error: unknown, request: FastifyRequest): GatewayError | undefined {
  if (error instanceof GatewayError) return error;
  if (isUnreachable(error)) return new StorageUnavailable(error);
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  switch (status) {
    case 404:
      return new RouteNotFound(request.method);
    case 413:
      return new BodyTooLarge();
    case 415:
      return new MediaTypeUnsupported();
    case 400:
      return new BodyMalformed();
    default:
      return undefined;
  }
}

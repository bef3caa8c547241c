import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import { InvalidInput } from '#errors';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';

/** Addresses that callers write. Others are opened by WeChat or a browser, which add parameters of their own. */
export const refusesUnknownQuery = (path: string): boolean =>
  /^\/(admin\/)?v1\//.test(path) && !path.startsWith('/v1/service/wx/');

/**
 * Refuses a query parameter that nobody reads, because it is a slip, such as `appids` for `appid`. A route reads what its
 * handler declares: `@Query('name')`, or `@Query()` with a class, which the validation checks together with the values.
 */
@Injectable()
export class QueryNames implements NestInterceptor {
  private readonly declared = new Map<object, DeclaredQuery>();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { query, routeOptions, method } = context.switchToHttp().getRequest<FastifyRequest>();
    const { url = '' } = routeOptions;
    if (method === 'OPTIONS' || !refusesUnknownQuery(url)) return next.handle();

    const { names, hasClass } = this.declaredBy(context);
    const unknown = Object.keys(query as object).filter((name) => (hasClass ? unseen.has(name) : !names.has(name)));
    if (unknown.length === 0) return next.handle();
    throw new InvalidInput(unknown.map((path) => ({ path, message: 'is not a field of this request' })));
  }

  private declaredBy(context: ExecutionContext): DeclaredQuery {
    const handler = context.getHandler();
    const known = this.declared.get(handler) ?? declaredQuery(context.getClass(), handler.name);
    this.declared.set(handler, known);
    return known;
  }
}

interface DeclaredQuery {
  readonly names: ReadonlySet<string>;
  readonly hasClass: boolean;
}

/** Names that the validation skips silently. */
const unseen = new Set(['__proto__', 'constructor']);

function declaredQuery(controller: object, handler: string): DeclaredQuery {
  const all = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as Record<string, { data?: unknown }>;
  const queries = Object.entries(all).filter(([key]) => key.startsWith(`${RouteParamtypes.QUERY}:`));
  const names = queries.map(([, { data }]) => data).filter((name) => typeof name === 'string');
  return { names: new Set(names), hasClass: names.length < queries.length };
}

import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable } from '@nestjs/common';
import { TooManyBadKeys } from '#access';
import { AppNotFound } from '#app';
import { type Envelope, envelopeOf } from '#access';
import { factsOf, failurePage, languageHeaders, ownPagePolicy } from '#api';
import { isUnreachable } from '#database';
import { GatewayError, StorageUnavailable } from '#errors';
import { Settings } from '#settings';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessGuard, type GuardedRequest } from './access.guard.js';
import { FailedCredentials } from './failed-credentials.js';
import { BodyMalformed, BodyTooLarge, MediaTypeUnsupported, RouteNotFound } from './http-failures.js';
import { bugProblem, problemMediaType, problemOf, whereOf } from './problem.js';

/** Only here a failure becomes an HTTP answer. */
@Catch()
@Injectable()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly settings: Settings,
    private readonly guard: AccessGuard,
    private readonly credentials: FailedCredentials,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<GuardedRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: GuardedRequest, reply: FastifyReply): void {
    if (reply.sent) return;
    const failure = this.credentials.judge(expected(error, request), request);
    if (!failure) request.log.error({ err: error, request_id: request.id }, 'A bug: this error was not expected');
    else if (failure.cause !== undefined) request.log.warn({ err: failure, request_id: request.id }, failure.failure.code);

    const envelope = envelopeOf(request);
    if (!envelope || isAboutAccess(failure)) this.sendProblem(failure, request, reply);
    else void this.sendEnveloped(envelope, failure, request, reply);
  }

  /** A body that cannot be read fails before the caller was checked. */
  private async sendEnveloped(
    envelope: Envelope,
    failure: GatewayError | undefined,
    request: GuardedRequest,
    reply: FastifyReply,
  ): Promise<void> {
    try {
      if (!request.caller) await this.guard.admit(request, envelope.rule);
    } catch (refusal) {
      const told = refusal instanceof GatewayError ? this.credentials.judge(refusal, request) : failure;
      return this.sendProblem(told, request, reply);
    }
    void reply
      .status(200)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(envelope.wrap(failure, request.id)));
  }

  private sendProblem(failure: GatewayError | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const { headers, id: requestId } = request;
    const where = whereOf(request, this.settings);
    const problem = failure ? problemOf(failure, where) : bugProblem(where);
    if (failure?.retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(failure.retryAfterSeconds)));
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    const page = failurePage(failure, { style: factsOf(request).pageStyle, headers, requestId });
    void reply.status(problem.status);
    if (page === undefined)
      void reply.headers(languageHeaders(where.language)).type(problemMediaType).send(JSON.stringify(problem));
    else void reply.header('content-security-policy', policyOf(reply)).type('text/html; charset=utf-8').send(page);
  }
}

/** The route's own policy, if it got far enough to say who may frame its page. */
function policyOf(reply: FastifyReply): string {
  const said = String(reply.getHeader('content-security-policy'));
  return said.includes("style-src 'self'") ? said : ownPagePolicy;
}

const isAboutAccess = (failure: GatewayError | undefined): boolean =>
  failure instanceof TooManyBadKeys || ['unauthenticated', 'forbidden'].includes(failure?.failure.kind ?? '');

/** The app was deleted during the request, and the rows that refer to it with it. */
const isOrphan = (error: unknown): boolean =>
  (error as { driverError?: { code?: string } } | null)?.driverError?.code === '23503';

/** The failure of an error; undefined for a bug. */
function expected(error: unknown, request: FastifyRequest): GatewayError | undefined {
  if (error instanceof GatewayError) return error;
  if (isUnreachable(error)) return new StorageUnavailable(error);
  const { appid } = (request.params ?? {}) as { appid?: string };
  if (appid !== undefined && isOrphan(error)) return new AppNotFound(appid);
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  switch (status) {
    // A file name that the library forbids is none of ours.
    case 403:
    case 404:
      return new RouteNotFound(request.method);
    case 413:
      return new BodyTooLarge();
    case 415:
      return new MediaTypeUnsupported();
    case 400:
      return new BodyMalformed();
    default:
      return isNoFile(error, request) ? new RouteNotFound(request.method) : undefined;
  }
}

/** For routes that serve files: errors of the system for names that cannot be files. */
const isNoFile = (error: unknown, { routeOptions }: FastifyRequest): boolean =>
  routeOptions.url?.endsWith('/*') === true &&
  ['ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_INVALID_ARG_VALUE'].includes(
    String((error as { code?: unknown } | null)?.code),
  );

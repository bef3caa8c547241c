import { Injectable } from '@nestjs/common';
import { KeyMissing, MinuteCounts, TooManyBadKeys, addressOf, sourceOf } from '#access';
import type { GatewayError } from '#errors';
import { Metrics } from '#runtime';
import type { FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';

const perMinute = 20;
/** One attacker may have very many addresses. */
const sourcesMax = 10_000;

/**
 * Stops guessing of keys, tokens of operators, browsers and collectors. The credential is checked before its address, so a good
 * one is served from any address and does not suffer from others' mistakes.
 */
@Injectable()
export class FailedCredentials {
  private readonly counts = new MinuteCounts(sourcesMax);
  private readonly counter: Counter<'code'>;

  constructor(metrics: Metrics) {
    this.counter = new Counter({
      name: 'wx_failed_credentials_total',
      help: 'Credentials that were refused, by the code of the problem',
      labelNames: ['code'],
      registers: [metrics.registry],
    });
  }

  /** The failure to send: the original one, or too many of them. */
  judge(failure: GatewayError | undefined, request: FastifyRequest): GatewayError | undefined {
    if (failure?.failure.kind !== 'unauthenticated' || !bringsOne(failure, request)) return failure;
    const { count, secondsLeft } = this.counts.add(sourceOf(request.ip));
    const { code } = failure.failure;
    this.counter.inc({ code });
    this.tell(request, code, count);
    return count > perMinute ? new TooManyBadKeys(secondsLeft) : failure;
  }

  /** Logs whom and where, never what: it may be a good credential of somebody else. A flood writes only these lines. */
  private tell(request: FastifyRequest, code: string, count: number): void {
    const facts = { request_id: request.id, address: addressOf(request), route: request.routeOptions.url, problem: code };
    if (count <= perMinute) request.log.warn(facts, 'A credential was refused');
    else if (count === perMinute + 1)
      request.log.warn(
        facts,
        `More than ${perMinute} credentials from one address were refused within a minute; further ones are not logged`,
      );
  }
}

/** A caller without a credential has failed with none. Browsers send theirs in a cookie. */
const bringsOne = (failure: GatewayError, { headers }: FastifyRequest): boolean =>
  !(failure instanceof KeyMissing) && (headers.authorization !== undefined || headers.cookie !== undefined);

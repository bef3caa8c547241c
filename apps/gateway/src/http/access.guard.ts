import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  type AccessRule,
  ApiKeys,
  type Caller,
  type CalledRequest,
  KeyInvalid,
  KeyMissing,
  RateLimited,
  TooManyBadKeys,
  accessRuleOf,
  nameOf,
} from '#access';
import { GatewayError } from '#errors';
import { requestUnderWay } from '#runtime';
import { Settings } from '#settings';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export type GuardedRequest = FastifyRequest & CalledRequest;
type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

const badKeysPerMinute = 20;

/** Holds every route to the rule it declares. A route that declares none is refused to everybody. */
@Injectable()
export class AccessGuard implements CanActivate {
  private limiters: { badKeys: Limiter; ofKey: Limiter } | undefined;

  constructor(
    private readonly keys: ApiKeys,
    private readonly settings: Settings,
    private readonly http: HttpAdapterHost,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = accessRuleOf(context.getHandler(), context.getClass());
    if (!rule) throw new Error(`${context.getClass().name}.${context.getHandler().name} declares no access rule`);
    if (rule.who === 'anybody') return true;
    return this.admit(context.switchToHttp().getRequest<GuardedRequest>(), rule);
  }

  async admit(request: GuardedRequest, rule: AccessRule): Promise<boolean> {
    if (rule.who === 'key' && rule.orTrustedAddress && this.comesTrusted(request)) return true;
    const caller = await this.recognise(request, rule);
    request.caller = caller;
    const underWay = requestUnderWay.getStore();
    if (underWay) underWay.caller = nameOf(caller);
    if (caller.kind === 'admin' || rule.who !== 'key') return true;

    const { key } = caller;
    if (key.rateLimit !== null) await this.holdToRate(request, key.rateLimit);
    if (rule.scope) key.mustHold(rule.scope);
    const appid = (request.params as Record<string, string>).appid;
    if (appid !== undefined) key.mustHoldApp(appid);
    return true;
  }

  private async recognise(request: GuardedRequest, rule: AccessRule): Promise<Caller> {
    const text = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (text === undefined) throw new KeyMissing();
    try {
      if (rule.who === 'key') return { kind: 'key', key: await this.keys.recognise(text) };
      if (!this.isAdminToken(text)) throw new KeyInvalid('This is not the admin token');
      return { kind: 'admin' };
    } catch (error) {
      if (error instanceof GatewayError && error.failure.kind === 'unauthenticated') await this.countBadKey(request);
      throw error;
    }
  }

  /** A key that is sent is checked all the same: its caller wants to be known by it. */
  private comesTrusted({ ip, headers }: FastifyRequest): boolean {
    return headers.authorization === undefined && this.settings.legacyTrusted.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
  }

  private isAdminToken(text: string): boolean {
    const { adminToken } = this.settings;
    return adminToken !== undefined && timingSafeEqual(digest(text), digest(adminToken));
  }

  /** Guessing ends here. Good keys from the same address are still served: others' mistakes are not theirs. */
  private async countBadKey(request: FastifyRequest): Promise<void> {
    const seen = await this.limits().badKeys(request);
    if (!seen.isAllowed && seen.isExceeded) throw new TooManyBadKeys(seen.ttlInSeconds);
  }

  private async holdToRate(request: FastifyRequest, perMinute: number): Promise<void> {
    const seen = await this.limits().ofKey(request);
    if (!seen.isAllowed && seen.isExceeded) throw new RateLimited(perMinute, seen.ttlInSeconds);
  }

  private limits(): { badKeys: Limiter; ofKey: Limiter } {
    if (this.limiters) return this.limiters;
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    const keyOf = (request: FastifyRequest) => {
      const { caller } = request as GuardedRequest;
      return caller?.kind === 'key' ? caller.key : undefined;
    };
    this.limiters = {
      badKeys: fastify.createRateLimit({ max: badKeysPerMinute, timeWindow: '1 minute', keyGenerator: (request) => request.ip }),
      ofKey: fastify.createRateLimit({
        max: (request) => keyOf(request)?.rateLimit ?? Number.MAX_SAFE_INTEGER,
        timeWindow: '1 minute',
        keyGenerator: (request) => keyOf(request)?.id ?? request.ip,
      }),
    };
    return this.limiters;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

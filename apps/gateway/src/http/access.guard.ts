import { isIP } from 'node:net';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import {
  type AccessRule,
  ApiKeys,
  type Caller,
  type CalledRequest,
  KeyInvalid,
  KeyMissing,
  type LivingKey,
  MinuteCounts,
  RateLimited,
  accessRuleOf,
  isFirstHand,
  nameOf,
} from '#access';
import { requestUnderWay } from '#runtime';
import { Settings } from '#settings';
import { isSameText } from '#vault';
import type { FastifyRequest } from 'fastify';

export type GuardedRequest = FastifyRequest & CalledRequest;

/** Applies the rule that a route declares. A route without a rule is refused to everybody. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly calls = new MinuteCounts();

  constructor(
    private readonly keys: ApiKeys,
    private readonly settings: Settings,
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
    this.holdToRate(key);
    for (const scope of rule.scopes) key.mustHold(scope);
    const appid = (request.params as Record<string, string>).appid;
    if (appid !== undefined) key.mustHoldApp(appid);
    return true;
  }

  private async recognise(request: GuardedRequest, rule: AccessRule): Promise<Caller> {
    const text = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (text === undefined) throw new KeyMissing();
    if (rule.who === 'key') return { kind: 'key', key: await this.keys.recognise(text, request.ip) };
    if (!this.isAdminToken(text)) throw new KeyInvalid({ en: 'This is not the admin token', zh: '这不是管理员令牌' });
    return { kind: 'admin' };
  }

  /** A key that is sent is still checked, because its caller wants to be known by it. */
  private comesTrusted(request: FastifyRequest): boolean {
    const { ip, headers } = request;
    if (headers.authorization !== undefined || !isFirstHand(request)) return false;
    // A trusted proxy may name something that is not an address.
    return isIP(ip) !== 0 && this.settings.legacyTrusted.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
  }

  private isAdminToken(text: string): boolean {
    const { adminToken } = this.settings;
    return adminToken !== undefined && isSameText(text, adminToken);
  }

  private holdToRate({ id, rateLimit }: LivingKey): void {
    if (rateLimit === null) return;
    const { count, secondsLeft } = this.calls.add(id);
    if (count > rateLimit) throw new RateLimited(rateLimit, secondsLeft);
  }
}

import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { InvalidInput } from '#errors';
import { from, lastValueFrom, type Observable, of } from 'rxjs';
import { type CalledRequest, nameOf } from '../caller.js';
import { calledRoute } from './called-route.js';
import { AlreadyCreated } from './idempotency-errors.js';
import { idempotencyRuleOf, type IdempotencyRule } from './idempotency-rule.js';
import { IdempotentRequests, type RequestName } from './idempotent-requests.js';

interface HttpRequest extends CalledRequest {
  readonly method: string;
  readonly params: unknown;
  readonly routeOptions: { readonly url?: string | undefined };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

interface HttpReply {
  header(name: string, value: string): unknown;
}

@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly requests: IdempotentRequests) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const key = request.headers['idempotency-key'];
    if (key === undefined) return next.handle();
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
      throw new InvalidInput([{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);

    const rule = idempotencyRuleOf(context.getHandler()) ?? {};
    const name = { caller: nameOf(request.caller), route: calledRoute(request), key };
    const turn = await this.requests.begin(name, request.body);
    if ('attempt' in turn) return from(this.run(name, turn.attempt, next, rule));
    if (rule.reveals) throw new AlreadyCreated(String(turn.answer));
    context.switchToHttp().getResponse<HttpReply>().header('Idempotency-Replayed', 'true');
    return of(turn.answer);
  }

  private async run(name: RequestName, attempt: string, next: CallHandler, rule: IdempotencyRule): Promise<unknown> {
    try {
      const answer: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      await this.requests.keep(name, attempt, rule.reveals ? (answer as Record<string, unknown>)[rule.reveals] : answer);
      return answer;
    } catch (error) {
      await this.requests.release(name, attempt);
      throw error;
    }
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Changes } from '#changes';
import { Clock, Lifecycle } from '#runtime';
import { type LoginStatus, type QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

/** While draining the answer is not immediate, or a page that asks again at once would never pause. */
const drainingMilliseconds = 1_000;
const finished: readonly LoginStatus[] = ['redeemed', 'expired', 'denied', 'cancelled'];

/** Waits for a change of a login. Every replica hears of a change on any other within half a second. */
@Injectable()
export class LoginWatch {
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(
    private readonly logins: QrLogins,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
    changes: Changes,
  ) {
    changes.watch('qr_login', (id) => this.wake(id));
  }

  isFinished(status: LoginStatus): boolean {
    return finished.includes(status);
  }

  /** Returns the login when its status changed, when the time is over, or when draining begins. */
  async change(login: QrLogin, known: LoginStatus, milliseconds: number, stop?: AbortSignal): Promise<QrLogin> {
    const { draining } = this.lifecycle;
    const end = performance.now() + (draining.aborted ? Math.min(milliseconds, drainingMilliseconds) : milliseconds);
    const over = AbortSignal.any([...(stop ? [stop] : []), ...(draining.aborted ? [] : [draining])]);
    let seen = login;
    while (this.logins.statusOf(seen) === known && performance.now() < end && !over.aborted) {
      await this.sleep(seen, Math.max(1, end - performance.now()), over);
      seen = await this.logins.get(login.id);
    }
    return seen;
  }

  /** Until a change is heard of, or the login expires. */
  private async sleep({ id, expiresAt, codeUntil }: QrLogin, milliseconds: number, over: AbortSignal): Promise<void> {
    const timer = new AbortController();
    const untilEnd = (codeUntil ?? expiresAt).getTime() - this.clock.now().getTime() + 10;
    const woken = new Promise<void>((wake) => {
      const others = this.waiting.get(id) ?? new Set();
      this.waiting.set(id, others.add(wake));
      const forget = (): void => {
        others.delete(wake);
        if (others.size === 0) this.waiting.delete(id);
        wake();
      };
      timer.signal.addEventListener('abort', forget);
      over.addEventListener('abort', forget, { once: true });
    });
    const late = pause(Math.min(milliseconds, untilEnd > 0 ? untilEnd : milliseconds), undefined, { signal: timer.signal });
    await Promise.race([woken, late.catch(() => undefined)]);
    timer.abort();
  }

  private wake(id: string | undefined): void {
    for (const [waiting, wakes] of this.waiting) if (id === undefined || id === waiting) for (const wake of wakes) wake();
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Changes } from '#changes';
import { Clock } from '#runtime';
import { type LoginStatus, type QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

const finished: readonly LoginStatus[] = ['redeemed', 'expired', 'denied', 'cancelled'];

/** Waits for a login to get on, whichever replica moves it: every replica hears of it within half a second. */
@Injectable()
export class LoginWatch {
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(
    private readonly logins: QrLogins,
    private readonly clock: Clock,
    changes: Changes,
  ) {
    changes.watch('qr_login', (id) => this.wake(id));
  }

  isFinished(status: LoginStatus): boolean {
    return finished.includes(status);
  }

  /** The login when its status is another than the one known, or when the time is over. */
  async change(login: QrLogin, known: LoginStatus, milliseconds: number, stop?: AbortSignal): Promise<QrLogin> {
    const end = performance.now() + milliseconds;
    let seen = login;
    while (this.logins.statusOf(seen) === known && performance.now() < end && !stop?.aborted) {
      await this.sleep(seen, Math.max(1, end - performance.now()), stop);
      seen = await this.logins.get(login.id);
    }
    return seen;
  }

  /** Until somebody hears of a change, or the login ends by the clock. */
  private async sleep({ id, expiresAt, codeUntil }: QrLogin, milliseconds: number, stop?: AbortSignal): Promise<void> {
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
      stop?.addEventListener('abort', forget, { once: true });
    });
    const late = pause(Math.min(milliseconds, untilEnd > 0 ? untilEnd : milliseconds), undefined, { signal: timer.signal });
    await Promise.race([woken, late.catch(() => undefined)]);
    timer.abort();
  }

  private wake(id: string | undefined): void {
    for (const [waiting, wakes] of this.waiting) if (id === undefined || id === waiting) for (const wake of wakes) wake();
  }
}

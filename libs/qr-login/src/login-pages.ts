import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ApiKeys } from '#access';
import { Apps } from '#app';
import { Lifecycle, Randomness } from '#runtime';
import { Settings } from '#settings';
import { type Attempt, type AttemptRef, Attempts } from '#web-auth';
import { LoginPageBusy } from './qr-login-errors.js';
import type { LoginContext, QrLogin } from './qr-login.entity.js';
import { QrLogins } from './qr-logins.js';

export interface PageOrder {
  readonly appid: string;
  readonly keyId: string;
  readonly bindingHash: string;
  readonly returnTo: string;
  readonly state: string;
  readonly frameOrigin: string | null;
}

const openSeconds = 120;
/** How long a browser may keep the page that it owns. */
export const ownedSeconds = 1_800;
export const codeSeconds = 120;
/** The first one, and five more. */
const roundsMax = 6;
/** Longer than WeChat may take to answer. */
const leaseSeconds = 20;
const patienceMilliseconds = 10_000;
const lookAgainMilliseconds = 100;

/** Login pages. A service begins one for one browser, which owns it and sees one code after the other. */
@Injectable()
export class LoginPages {
  constructor(
    private readonly apps: Apps,
    private readonly attempts: Attempts,
    private readonly keys: ApiKeys,
    private readonly logins: QrLogins,
    private readonly randomness: Randomness,
    private readonly settings: Settings,
    private readonly lifecycle: Lifecycle,
  ) {}

  async begin({ appid, frameOrigin, ...order }: PageOrder): Promise<{ url: string; expiresAt: Date }> {
    await this.apps.getEnabled(appid);
    const attempt = { ...order, appid, kind: 'login_page', origin: frameOrigin, seconds: openSeconds } as const;
    const { id, expiresAt } = await this.attempts.begin(attempt);
    return { url: `${this.settings.publicUrl}${pathOf({ appid, id })}`, expiresAt };
  }

  /** Whether the key that began it may still do so. If not, the browser is redirected nowhere. */
  async isAllowed({ appid, keyId, returnTo }: Attempt): Promise<boolean> {
    const terms = await this.keys.living(keyId);
    if (!terms || !terms.scopes.includes('login')) return false;
    return (terms.appids.includes('*') || terms.appids.includes(appid)) && terms.origins.includes(new URL(returnTo ?? '').origin);
  }

  /** The code that the page shows now. WeChat is asked if there is none yet or the last one has expired. */
  async show(attempt: Attempt, context: LoginContext): Promise<QrLogin> {
    const end = performance.now() + patienceMilliseconds;
    do {
      const shown = await this.current(attempt);
      if (shown) return shown;
      if (await this.attempts.lease(attempt, leaseSeconds))
        await this.next(attempt, context).finally(() => this.attempts.release(attempt));
      else if (this.lifecycle.draining.aborted) break;
      else await pause(lookAgainMilliseconds);
    } while (performance.now() < end);
    throw new LoginPageBusy();
  }

  /** How many more codes the page may get after this one. */
  renewalsLeft(login: QrLogin): number {
    const ranOut = this.logins.statusOf(login) === 'expired' && (login.status === 'pending' || login.status === 'scanned');
    return ranOut ? roundsMax - (login.round ?? roundsMax) : 0;
  }

  private async current({ appid, id }: AttemptRef): Promise<QrLogin | undefined> {
    const login = await this.logins.ofPage(appid, id);
    return login && this.renewalsLeft(login) === 0 ? login : undefined;
  }

  private async next(attempt: Attempt, context: LoginContext): Promise<void> {
    const { appid, id, keyId, bindingHash } = attempt;
    // Another request may have been faster before we had the lease.
    if (await this.current(attempt)) return;
    const round = ((await this.logins.ofPage(appid, id))?.round ?? 0) + 1;
    const digits = String(this.randomness.bytes(4).readUInt32BE() % 100).padStart(2, '0');
    const order = { keyId, bindingHash: bindingHash ?? '', ttlSeconds: codeSeconds, confirm: 'page' } as const;
    await this.logins.beginRound(appid, { ...order, context: { ...context, digits } }, { attemptId: id, round });
  }
}

export const pathOf = ({ appid, id }: AttemptRef): string => `/login/pages/${appid}/${id}`;

/** The address by which the service learns the result. */
export function returnUrl({ returnTo, state }: Attempt, ending: Readonly<Record<string, string>>): string {
  const url = new URL(returnTo ?? '');
  for (const [name, value] of Object.entries({ ...ending, state })) url.searchParams.set(name, value);
  return url.href;
}

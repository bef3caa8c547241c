import { Injectable } from '@nestjs/common';
import { Accounts } from '#account';
import { Changes } from '#changes';
import { Metrics } from '#runtime';
import { Vault } from '#vault';
import { Gauge } from 'prom-client';
import { CredentialMemory, type Held, secondsLeftOf } from './credential-memory.js';
import { type CredentialName, placeOf, textOf } from './credential-name.js';
import { RenewalLeases, type Standing } from './renewal-leases.js';

/** What this replica hands out without asking anybody, kept true by what it hears of changes. */
@Injectable()
export class HeldCredentials {
  private readonly memory = new CredentialMemory();
  private readonly unsure = new Set<string>();
  /** What was in memory when its app was disabled stays there, and is not handed out. */
  private readonly disabled = new Set<string>();

  constructor(
    private readonly leases: RenewalLeases,
    private readonly accounts: Accounts,
    private readonly vault: Vault,
    changes: Changes,
    metrics: Metrics,
  ) {
    changes.watch('credential', (appid) => this.hear(appid));
    changes.watch('app', (appid) => void this.hearOfApp(appid));
    const left: Gauge<'appid' | 'kind'> = new Gauge({
      name: 'wx_token_expires_in_seconds',
      help: 'How long each held credential still lives',
      labelNames: ['appid', 'kind'],
      registers: [metrics.registry],
      collect: () => {
        left.reset();
        for (const [name, held] of this.memory.living()) {
          const [appid = '', kind = ''] = name.split(' ');
          left.set({ appid, kind }, secondsLeftOf(held));
        }
      },
    });
  }

  /** The hot path: the living one that may be handed out, if there is one. */
  get(name: CredentialName): Held | undefined {
    const held = this.memory.get(textOf(name));
    if (!held || this.disabled.has(name.appid)) return undefined;
    if (this.unsure.has(textOf(name))) void this.reload(name);
    return held;
  }

  /** Puts what the row holds into memory, if it is alive. */
  async take(name: CredentialName, standing: Standing): Promise<Held | undefined> {
    const key = textOf(name);
    if (standing.sealedValue === null || standing.expiresAt === null || standing.secondsLeft <= 0) {
      this.memory.drop(key);
      return undefined;
    }
    const value = await this.vault.open(placeOf(name), standing.sealedValue);
    this.memory.put(key, {
      value,
      fence: BigInt(standing.fence),
      expiresAt: standing.expiresAt,
      secondsLeft: standing.secondsLeft,
    });
    this.unsure.delete(key);
    return this.memory.get(key);
  }

  drop(name: CredentialName): void {
    this.memory.drop(textOf(name));
  }

  /** Another replica renewed it. What is held is served until the new one is read: the database may be away just now. */
  private hear(appid: string | undefined): void {
    for (const key of this.memory.namesStartingWith(appid === undefined ? '' : `${appid} `)) {
      const [of = '', kind = ''] = key.split(' ');
      this.unsure.add(key);
      void this.reload({ appid: of, kind });
    }
  }

  private async reload(name: CredentialName): Promise<void> {
    const key = textOf(name);
    if (!this.unsure.delete(key)) return;
    try {
      const standing = await this.leases.standing(name);
      if (standing) await this.take(name, standing);
      else this.memory.drop(key);
    } catch {
      this.unsure.add(key);
    }
  }

  private async hearOfApp(appid: string | undefined): Promise<void> {
    if (appid === undefined) return;
    try {
      const { enabled } = await this.accounts.get(appid);
      if (enabled) this.disabled.delete(appid);
      else this.disabled.add(appid);
    } catch {
      // It was deleted, or the database is away.
    }
  }
}

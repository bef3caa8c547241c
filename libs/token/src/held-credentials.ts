import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Accounts } from '#account';
import { Changes } from '#changes';
import { Metrics } from '#runtime';
import { Vault } from '#vault';
import { Gauge } from 'prom-client';
import { CredentialMemory, type Held, secondsLeftOf } from './credential-memory.js';
import { type CredentialName, nameOf, placeOf, textOf } from './credential-name.js';
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
    changes.watch('app', (appid) => this.hear(appid));
    const left: Gauge<'appid' | 'kind'> = new Gauge({
      name: 'wx_token_expires_in_seconds',
      help: 'How long each held credential still lives',
      labelNames: ['appid', 'kind'],
      registers: [metrics.registry],
      collect: () => {
        left.reset();
        for (const [key, held] of this.memory.living()) {
          const { appid, kind } = nameOf(key);
          left.set({ appid, kind }, secondsLeftOf(held));
        }
      },
    });
  }

  /** The hot path: the living one that may be handed out, if there is one. */
  get(name: CredentialName): Held | undefined {
    return this.disabled.has(name.appid) ? undefined : this.memory.get(textOf(name));
  }

  /** Puts what the row holds into memory, if it is alive. The only way in, so it sees to the app as well. */
  async take(name: CredentialName, standing: Standing): Promise<Held | undefined> {
    const key = textOf(name);
    const { enabled } = await this.accounts.get(name.appid);
    if (enabled) this.disabled.delete(name.appid);
    else this.disabled.add(name.appid);
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
    return this.get(name);
  }

  drop(name: CredentialName): void {
    this.memory.drop(textOf(name));
  }

  /** What could not be read again when its change was heard of. */
  @Interval('unsure-credentials', 1_000)
  async makeSure(): Promise<void> {
    await Promise.all([...this.unsure].map((key) => this.reload(key)));
  }

  /** It was renewed, or its app changed. What is held is served until that is read: the database may be away just now. */
  private hear(appid: string | undefined): void {
    for (const key of this.memory.keysStartingWith(appid === undefined ? '' : `${appid} `)) {
      this.unsure.add(key);
      void this.reload(key);
    }
  }

  private async reload(key: string): Promise<void> {
    if (!this.unsure.delete(key)) return;
    const name = nameOf(key);
    try {
      const standing = await this.leases.standing(name);
      if (standing) await this.take(name, standing);
      else this.memory.drop(key);
    } catch {
      this.unsure.add(key);
    }
  }
}

import { Injectable } from '@nestjs/common';
import { Apps } from '#app';
import { Changes } from '#changes';
import { Metrics } from '#runtime';
import { Vault } from '#vault';
import { Gauge } from 'prom-client';
import { CredentialMemory, type Held, secondsLeftOf } from './credential-memory.js';
import { type CredentialName, nameOf, placeOf, textOf } from './credential-name.js';
import { type Claim, RenewalLeases, type Standing } from './renewal-leases.js';

/** The credentials that this replica hands out from memory. News of changes keeps them true. */
@Injectable()
export class HeldCredentials {
  private readonly memory = new CredentialMemory();
  /** Apps that are disabled. What memory holds of them stays there but is not handed out. */
  private readonly disabled = new Set<string>();

  constructor(
    private readonly leases: RenewalLeases,
    private readonly apps: Apps,
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

  /** The hot path: the living credential that may be handed out, if there is one. */
  get(name: CredentialName): Held | undefined {
    return this.disabled.has(name.appid) ? undefined : this.memory.get(textOf(name));
  }

  /** Puts a living credential of a row into memory. Nothing else does, so it also checks the app. */
  async take(name: CredentialName, standing: Standing): Promise<Held | undefined> {
    const key = textOf(name);
    const { enabled } = await this.apps.get(name.appid);
    if (enabled) this.disabled.delete(name.appid);
    else this.disabled.add(name.appid);
    // The database is another one than before, and nobody has noticed yet, so only memory is trusted.
    if (standing.epoch === null) return this.get(name);
    const former = this.memory.get(key);
    if (former && former.epoch !== standing.epoch) return this.confirm(name, former);
    if (!standing.isProven || standing.sealedValue === null || standing.expiresAt === null || standing.secondsLeft <= 0) {
      this.memory.bury(key, BigInt(standing.fence));
      return undefined;
    }
    const value = await this.vault.open(placeOf(name), standing.sealedValue);
    this.memory.put(key, {
      value,
      fence: BigInt(standing.fence),
      epoch: standing.epoch,
      expiresAt: standing.expiresAt,
      secondsLeft: standing.secondsLeft,
    });
    return this.get(name);
  }

  /**
   * The database went back in time. What memory holds is newer than its row, unless another replica has confirmed or fetched a
   * newer one since. So it is written back under a fence of the new epoch, and used until it expires.
   */
  private async confirm(name: CredentialName, former: Held): Promise<Held | undefined> {
    const key = textOf(name);
    const sealed = await this.vault.seal(placeOf(name), former.value);
    const confirmed = await this.leases.confirm(name, { sealed, held: former, secondsLeft: secondsLeftOf(former) });
    if (confirmed) {
      this.memory.confirm(key, former, { fence: BigInt(confirmed.fence), epoch: confirmed.epoch });
      return this.get(name);
    }
    this.memory.drop(key);
    const standing = await this.leases.standing(name);
    return standing && this.take(name, standing);
  }

  drop(name: CredentialName): void {
    this.memory.drop(textOf(name));
  }

  /** What was held before this claim is dead. */
  bury(claim: Claim, dead: string): void {
    this.memory.bury(textOf(claim), BigInt(claim.fence), dead);
  }

  /** A credential or its app changed. The old one is served until the new one is read: the database may be away. */
  private async hear(appid: string | undefined): Promise<void> {
    const keys = this.memory.keysStartingWith(appid === undefined ? '' : `${appid} `);
    await Promise.all(keys.map((key) => this.reload(nameOf(key))));
  }

  private async reload(name: CredentialName): Promise<void> {
    const standing = await this.leases.standing(name);
    const former = this.memory.get(textOf(name));
    if (standing) await this.take(name, standing);
    // The row may have been made in the lost time. If the app is gone, nothing is written.
    else if (former) await this.confirm(name, former);
    else this.drop(name);
  }
}

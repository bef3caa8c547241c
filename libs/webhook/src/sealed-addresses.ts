import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Lifecycle } from '#runtime';
import { type Place, Vault } from '#vault';
import { type EntityManager, IsNull, Like, Not, Repository } from 'typeorm';
import { Webhook, addressOf } from './webhook.entity.js';

const sealedAtOnce = 100;

/** The full addresses of webhooks. People put keys into the query, so nobody is shown it. */
@Injectable()
export class SealedAddresses {
  private readonly log = new Logger('SealedAddresses');
  /** The row of a webhook is a new object after each change. */
  private readonly opened = new WeakMap<Webhook, string>();

  constructor(
    @InjectRepository(Webhook) private readonly rows: Repository<Webhook>,
    private readonly vault: Vault,
    private readonly lifecycle: Lifecycle,
  ) {}

  seal(id: string, url: string, transaction?: EntityManager): Promise<string> {
    return this.vault.seal(place(id), url, transaction);
  }

  async of(webhook: Webhook): Promise<string> {
    const known = this.opened.get(webhook);
    if (known !== undefined) return known;
    // Release 0.1.0 wrote it, and it is not sealed yet.
    const url = webhook.sealedUrl === null ? webhook.url : await this.vault.open(place(webhook.id), webhook.sealedUrl);
    this.opened.set(webhook, url);
    return url;
  }

  /** Releases 0.1.0 and 0.2.0 wrote whole addresses in the clear, and 0.2.0 still does where it runs beside this release. */
  async sealRest(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    try {
      const rest = await this.rows.find({ where: { sealedUrl: IsNull() }, select: { id: true, url: true }, take: sealedAtOnce });
      // If the address changed meanwhile, the change wins.
      for (const { id, url } of rest)
        await this.rows.update({ id, url, sealedUrl: IsNull() }, { sealedUrl: await this.seal(id, url) });
      const clear = { url: Like('%?%'), sealedUrl: Not(IsNull()) };
      const withQuery = await this.rows.find({ where: clear, select: { id: true, url: true }, take: sealedAtOnce });
      for (const { id, url } of withQuery) await this.rows.update({ id, url, sealedUrl: Not(IsNull()) }, { url: addressOf(url) });
    } catch (error) {
      this.log.warn(`Addresses of webhooks are sealed later: ${(error as Error).message}`);
    }
  }
}

const place = (id: string): Place => ({ table: 'webhook', column: 'url', row: id, owner: 'gateway' });

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Apps } from '#app';
import { type PushTarget, type SecretKeeper, SecretKeepers } from '#callback';
import { Credentials, TicketMissing } from '#token';
import { type Place, Vault } from '#vault';
import type { ReceivedPush } from '#wechat';
import { Repository } from 'typeorm';
import { componentTokenKind } from './credential-kinds.js';
import { Platform } from './platform.entity.js';

export interface HeldTicket {
  readonly value: string;
  /** The text of the column, which shows whether the ticket is still the same. */
  readonly sealed: string;
}

/** The last good ticket of each platform. WeChat sends one every ten minutes, and without it there is no token. */
@Injectable()
export class Tickets implements SecretKeeper, OnModuleInit {
  readonly kinds = ['component-ticket'] as const;

  constructor(
    @InjectRepository(Platform) private readonly rows: Repository<Platform>,
    private readonly apps: Apps,
    private readonly credentials: Credentials,
    private readonly keepers: SecretKeepers,
    private readonly vault: Vault,
  ) {}

  onModuleInit(): void {
    this.keepers.register(this);
  }

  /** Ignores an older ticket that arrives late, one of another platform, and one for an app that is no platform. */
  async keep({ appid, via }: PushTarget, { event }: ReceivedPush): Promise<void> {
    if (event.kind !== 'component-ticket' || event.platform !== appid || via !== undefined) return;
    if ((await this.apps.get(appid)).kind !== 'third_party_platform') return;
    await this.rows.manager.transaction(async (transaction) => {
      const sealed = await this.vault.seal(place(appid), event.ticket, transaction);
      const kept: unknown[] = await transaction.query(
        `INSERT INTO platform AS held (appid, sealed_ticket, ticket_at, kept_at) VALUES ($1, $2, $3, now())
         ON CONFLICT (appid) DO UPDATE
            SET sealed_ticket = excluded.sealed_ticket, ticket_at = excluded.ticket_at, kept_at = now(), ticket_refused = false
          WHERE held.ticket_at IS NULL OR held.ticket_at <= excluded.ticket_at
         RETURNING appid`,
        [appid, sealed, event.at],
      );
      if (kept.length > 0) await this.credentials.hurry(transaction, { appids: [appid], kind: componentTokenKind });
    });
  }

  /** The ticket to ask with. If WeChat refused it, the next one is awaited. */
  async current(appid: string): Promise<HeldTicket> {
    const row = await this.rows.findOneBy({ appid });
    if (!row?.sealedTicket || row.ticketRefused) throw new TicketMissing(appid, row?.ticketRefused ?? false);
    return { value: await this.vault.open(place(appid), row.sealedTicket), sealed: row.sealedTicket };
  }

  /** WeChat refuses the ticket. A newer one that arrived meanwhile stays. */
  async refused(appid: string, { sealed }: HeldTicket): Promise<void> {
    await this.rows.update({ appid, sealedTicket: sealed }, { ticketRefused: true });
  }
}

const place = (appid: string): Place => ({ table: 'platform', column: 'sealed_ticket', row: appid, owner: appid });

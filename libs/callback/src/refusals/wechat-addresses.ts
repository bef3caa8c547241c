import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Apps, type AppKind } from '#app';
import { Changes, RowMemory } from '#changes';
import { Clock, Lifecycle } from '#runtime';
import { AccessTokens } from '#token';
import { listCallbackAddresses } from '#wechat';
import { Repository } from 'typeorm';
import type { AddressRange } from './push-origin.js';
import { WechatAddressList } from './wechat-address-list.entity.js';

const tryAgainMinutes = 10;
const goodForHours = 24;
/** The others have no access token to ask with. */
const asking: readonly AppKind[] = ['official_account', 'mini_program'];

/** Where WeChat pushes from. Asked once a day for each app: by the clock, or when a refused push makes it worth knowing. */
@Injectable()
export class WechatAddresses {
  private readonly log = new Logger('WechatAddresses');
  private readonly memory: RowMemory<WechatAddressList>;
  private readonly underWay = new Map<string, Promise<AddressRange[] | undefined>>();

  constructor(
    @InjectRepository(WechatAddressList) private readonly rows: Repository<WechatAddressList>,
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
    changes: Changes,
  ) {
    this.memory = new RowMemory(
      changes,
      'wechat_address_list',
      async (appid) => (await this.rows.findOneBy({ appid })) ?? undefined,
    );
  }

  /** In memory, and not to be asked for again: for a flood, which must not wait. */
  held(appid: string): { readonly ranges: AddressRange[] | undefined } | undefined {
    const row = this.memory.held(appid);
    return row && this.clock.now() < row.dueAt ? row : undefined;
  }

  /** Nothing where WeChat has not told. */
  of(appid: string): Promise<AddressRange[] | undefined> {
    const looking = this.underWay.get(appid) ?? this.look(appid).finally(() => this.underWay.delete(appid));
    this.underWay.set(appid, looking);
    return looking;
  }

  async refresh(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    try {
      // Nobody's token is fetched for this alone.
      for (const appid of await this.apps.withCallback()) if (this.tokens.held(appid)) await this.of(appid);
    } catch (error) {
      this.log.warn(`WeChat is asked for its addresses later: ${(error as Error).message}`);
    }
  }

  private async look(appid: string): Promise<AddressRange[] | undefined> {
    const { kind, enabled, tokenMode } = await this.apps.get(appid);
    if (!asking.includes(kind) || !enabled) return undefined;
    const row = await this.memory.get(appid);
    // A classic token that is fetched ends the one that somebody else may still use: no stranger's push may do that.
    const mayAsk = tokenMode === 'stable' || this.tokens.held(appid) !== undefined;
    if ((!row || row.dueAt <= this.clock.now()) && (await this.isOurs(appid)) && mayAsk) await this.ask(appid);
    return (await this.memory.get(appid))?.ranges;
  }

  /** One replica asks, and none does again soon where WeChat does not answer. */
  private async isOurs(appid: string): Promise<boolean> {
    const claimed = await this.rows.query<unknown[]>(
      `INSERT INTO wechat_address_list AS list (appid, due_at) SELECT appid, now() + make_interval(mins => $2) FROM app WHERE appid = $1
       ON CONFLICT (appid) DO UPDATE SET due_at = excluded.due_at WHERE list.due_at <= now() RETURNING 1`,
      [appid, tryAgainMinutes],
    );
    this.memory.drop(appid);
    return claimed.length > 0;
  }

  private async ask(appid: string): Promise<void> {
    try {
      const addresses = await this.tokens.call(listCallbackAddresses, appid);
      await this.rows.query(
        'UPDATE wechat_address_list SET addresses = $2, known_at = now(), due_at = now() + make_interval(hours => $3) WHERE appid = $1',
        [appid, addresses.slice(0, 10_000), goodForHours],
      );
    } catch (error) {
      this.log.warn(`WeChat did not tell ${appid} where it pushes from: ${(error as Error).message}`);
    } finally {
      this.memory.drop(appid);
    }
  }
}

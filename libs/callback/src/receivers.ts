import { Injectable } from '@nestjs/common';
import { Accounts, type App, CallbackSecrets } from '#account';
import { Clock } from '#runtime';
import { Settings } from '#settings';
import { type PushQuery, type PushReceiver, addresseeOf, verifyEcho } from '#wechat';
import { CallbackNotSet } from './callback-errors.js';

const pageSize = 200;

/** Whose secrets are to prove a push. */
@Injectable()
export class Receivers {
  /** An app's row is another object after each change. */
  private readonly opened = new WeakMap<App, { receiver: PushReceiver; until: number }>();

  constructor(
    private readonly accounts: Accounts,
    private readonly secrets: CallbackSecrets,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  async of(appid: string): Promise<PushReceiver> {
    return this.receiverOf(await this.accounts.get(appid));
  }

  /** For the older address, which does not name the app: by what the push says of itself. */
  async addressedBy(body: Buffer): Promise<string> {
    const originalId = addresseeOf(body);
    const app = originalId === undefined ? undefined : await this.accounts.withOriginalId(originalId);
    if (!app) throw new CallbackNotSet();
    return app.appid;
  }

  /** For the first call to the older address: the app whose token makes the signature true. */
  async provenBy(query: PushQuery): Promise<string | undefined> {
    const moment = { now: this.clock.now(), windowSeconds: this.settings.callbackWindowSeconds };
    let page = await this.accounts.list(undefined, pageSize);
    while (page.length > 0) {
      for (const app of page)
        if (app.callbackToken && verifyEcho(await this.receiverOf(app), query, moment).kind === 'echo') return app.appid;
      page = await this.accounts.list(page.at(-1)?.appid, pageSize);
    }
    return undefined;
  }

  private async receiverOf(app: App): Promise<PushReceiver> {
    const now = this.clock.now().getTime();
    const known = this.opened.get(app);
    if (known && now < known.until) return known.receiver;
    const generations = await this.secrets.of(app);
    if (generations.length === 0 || !app.callbackMode) throw new CallbackNotSet();
    const receiver = { receiveId: app.appid, mode: app.callbackMode, generations };
    // The former generation ends without a change of the row.
    this.opened.set(app, { receiver, until: generations.length > 1 ? now + 10_000 : Number.POSITIVE_INFINITY });
    return receiver;
  }
}

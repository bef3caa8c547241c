import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Accounts, AppNotFound, AuthorizerApps } from '#account';
import { Callbacks, PushRefused } from '#callback';
import type { PushQuery, ReceivedPush, WrittenReply } from '#wechat';
import { DataSource } from 'typeorm';
import { Authorizations } from './authorizations.js';
import type { Whose } from './platform-authorization.entity.js';
import { testUserName } from './release-tests.js';

/** Messages for accounts come to their platform, signed and sealed as its own. */
@Injectable()
export class AuthorizerCallbacks {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly callbacks: Callbacks,
    private readonly accounts: Accounts,
    private readonly apps: AuthorizerApps,
    private readonly authorizations: Authorizations,
  ) {}

  async receive(whose: Whose, query: PushQuery, body: Buffer): Promise<WrittenReply> {
    const { appid, platform } = whose;
    if ((await this.accounts.get(platform)).kind !== 'third_party_platform') throw new AppNotFound(appid);
    const userName = await this.userNameOf(whose);
    return this.callbacks.receive(appid, query, body, {
      via: platform,
      proven: async ({ fields }: ReceivedPush) => {
        // The signature does not cover the address: a push for one account of the platform is none for another.
        if (userName !== null && fields && fields.ToUserName !== userName) throw new PushRefused('it is for another account');
        if (testUserName(appid) !== undefined) await this.appear(appid);
      },
    });
  }

  /** By what original id messages for the account name it; null where WeChat has not told yet. */
  private async userNameOf(whose: Whose): Promise<string | null> {
    const tested = testUserName(whose.appid);
    if (tested !== undefined) return tested;
    const row = await this.authorizations.find(whose);
    if (!row) throw new AppNotFound(whose.appid);
    return row.userName;
  }

  /** An account of WeChat's tests sends messages whether or not it has authorised. Only what is proven brings it about. */
  private async appear(appid: string): Promise<void> {
    const known = await this.accounts.get(appid).catch((error: unknown) => {
      if (error instanceof AppNotFound) return undefined;
      throw error;
    });
    if (known) return;
    await this.database.transaction((transaction) => this.apps.appear(transaction, appid));
    this.accounts.changed(appid);
  }
}

import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Apps, AppNotFound, AuthorizerApps } from '#app';
import { Callbacks, PushRefused } from '#callback';
import { type PushQuery, type ReceivedPush, type WrittenReply, originalIdIn, testUserName } from '#wechat';
import { DataSource } from 'typeorm';
import { Authorizations } from './authorizations.js';
import type { Whose } from './platform-authorization.entity.js';

/** Messages for authorizers arrive at their platform, signed and sealed with its secrets. */
@Injectable()
export class AuthorizerCallbacks {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly callbacks: Callbacks,
    private readonly apps: Apps,
    private readonly authorizerApps: AuthorizerApps,
    private readonly authorizations: Authorizations,
  ) {}

  async receive(whose: Whose, { query, body, from }: { query: PushQuery; body: Buffer; from: string }): Promise<WrittenReply> {
    const { appid, platform } = whose;
    const userName = await this.userNameOf(whose);
    const isPlatform = (await this.apps.find(platform))?.kind === 'third_party_platform';
    return this.callbacks.receive(appid, query, body, {
      from,
      via: platform,
      known: isPlatform && userName !== undefined,
      proven: async ({ fields }: ReceivedPush) => {
        if (!isPlatform || userName === undefined)
          throw new PushRefused({ en: 'no such authorizer has authorised the platform', zh: '没有这个授权方授权过该平台' });
        // The signature does not cover the address: a push for one authorizer of the platform is none for another.
        if (userName !== null && fields && originalIdIn(fields) !== userName)
          throw new PushRefused({ en: 'it is for another authorizer', zh: '它属于另一个授权方' });
        if (testUserName(appid) !== undefined) await this.appear(appid);
      },
    });
  }

  /** The original id of the authorizer in messages. Null if WeChat has not told it yet, undefined if it is unknown. */
  private async userNameOf(whose: Whose): Promise<string | null | undefined> {
    const tested = testUserName(whose.appid);
    if (tested !== undefined) return tested;
    return (await this.authorizations.find(whose))?.userName;
  }

  /** WeChat's test authorizers send messages without having authorised. Their app appears with the first proven message. */
  private async appear(appid: string): Promise<void> {
    const known = await this.apps.get(appid).catch((error: unknown) => {
      if (error instanceof AppNotFound) return undefined;
      throw error;
    });
    if (known) return;
    await this.database.transaction((transaction) => this.authorizerApps.appear(transaction, appid));
    this.apps.changed(appid);
  }
}

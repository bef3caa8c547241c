import { Injectable } from '@nestjs/common';
import { Accounts } from '#account';
import { type CallingApp, TokenRefused } from '#wechat';
import { accessTokenKind } from './access-token.issuer.js';
import { Credentials, type LivingCredential } from './credentials.js';

/** Access tokens, for every room that calls WeChat and for the services outside. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly credentials: Credentials,
    private readonly accounts: Accounts,
  ) {}

  /** At once from memory where a living one is held. */
  current(appid: string): LivingCredential | Promise<LivingCredential> {
    return this.credentials.current({ appid, kind: accessTokenKind });
  }

  /** WeChat refused this one: the one to use instead. */
  replace(appid: string, refused: string): Promise<LivingCredential> {
    return this.credentials.replace({ appid, kind: accessTokenKind }, refused);
  }

  /** A call to WeChat with the app's token. A token that it refuses is replaced and the call repeated, once. */
  async callAs<T>(appid: string, call: (app: CallingApp) => Promise<T>): Promise<T> {
    const app = await this.accounts.get(appid);
    const proxy = await this.accounts.reveal(app, 'forwardProxy');
    const { value } = await this.current(appid);
    try {
      return await call({ appid, proxy, accessToken: value });
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return call({ appid, proxy, accessToken: (await this.replace(appid, value)).value });
    }
  }
}

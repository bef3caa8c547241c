import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { App } from '#app';
import type { Sentence } from '#errors';
import { type FreshToken, issueJsapiTicket } from '#wechat';
import { AccessTokens } from './access-tokens.js';
import { Credentials } from './credentials.js';
import type { Issuer, RenewalWindow, Verdict } from './issuer.js';

export const jsapiTicketKind = 'jsapi_ticket';

/** What signs a page for the JS-SDK. */
@Injectable()
export class JsapiTicketIssuer implements Issuer, OnModuleInit {
  readonly kind = jsapiTicketKind;

  constructor(
    private readonly credentials: Credentials,
    private readonly tokens: AccessTokens,
  ) {}

  onModuleInit(): void {
    this.credentials.register(this);
  }

  whyNot(app: App): Sentence | undefined {
    return app.nature === 'official_account'
      ? undefined
      : { en: 'only official accounts have the JS-SDK', zh: '只有公众号才有 JS-SDK' };
  }

  window(): RenewalWindow {
    return { earliestSeconds: 900, latestSeconds: 600 };
  }

  issue({ appid }: App): Promise<FreshToken> {
    return this.tokens.call(issueJsapiTicket, appid);
  }

  /** Nobody outside ever holds a ticket, so nobody can report one. */
  examine(): Promise<Verdict> {
    return Promise.resolve({ alive: true });
  }

  replace(app: App): Promise<FreshToken> {
    return this.issue(app);
  }
}

import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Accounts } from '#account';
import { Settings } from '#settings';
import { Vault } from '#vault';
import { type AuthorizeRequest, authorizeUrl } from '#wechat';
import { mustHaveWebScope } from './web-scopes.js';

/** Where browsers are sent. */
@Injectable()
export class AuthorizeUrls {
  constructor(
    private readonly accounts: Accounts,
    private readonly settings: Settings,
    private readonly vault: Vault,
  ) {}

  async page(request: Omit<AuthorizeRequest, 'platform'>): Promise<string> {
    const app = await this.accounts.getEnabled(request.appid);
    mustHaveWebScope(app, request.scope);
    return authorizeUrl(this.settings.wechatOpenUrl, { ...request, platform: app.platform });
  }

  /** The window of a desktop page. It ends at the finish page, which talks to nobody but the origin named here. */
  popup({ appid, origin, state }: { appid: string; origin: string; state: string }): Promise<string> {
    const redirectUri = `${this.settings.publicUrl}/widgets/finish/${this.ticketOf(origin)}`;
    return this.page({ appid, redirectUri, scope: 'snsapi_login', state });
  }

  /** The origin that a finish ticket was made for; nothing when the gateway did not make it. */
  originOf(ticket: string): string | undefined {
    const origin = Buffer.from(ticket.split('.')[0] ?? '', 'base64url').toString('utf8');
    const [given, made] = [Buffer.from(ticket), Buffer.from(this.ticketOf(origin))];
    return given.length === made.length && timingSafeEqual(given, made) ? origin : undefined;
  }

  /** Only a service with a key can have one made, so no stranger's page can have codes handed to it. */
  private ticketOf(origin: string): string {
    const seal = this.vault.fingerprint('popup.origin', origin).toString('base64url');
    return `${Buffer.from(origin).toString('base64url')}.${seal}`;
  }
}

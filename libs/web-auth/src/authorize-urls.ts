import { Injectable } from '@nestjs/common';
import { Apps } from '#app';
import { Settings } from '#settings';
import { type AuthorizeRequest, authorizeUrl } from '#wechat';
import { Attempts } from './attempts/attempts.js';
import { mustHaveWebScope } from './web-scopes.js';

export interface PopupRequest {
  readonly appid: string;
  readonly keyId: string;
  readonly origin: string;
  readonly state: string;
}

/** A person may look for their phone, and WeChat's page renews its own code. */
const popupSeconds = 3_600;

/** The addresses that browsers are sent to. */
@Injectable()
export class AuthorizeUrls {
  constructor(
    private readonly apps: Apps,
    private readonly settings: Settings,
    private readonly attempts: Attempts,
  ) {}

  async page(request: Omit<AuthorizeRequest, 'platform'>): Promise<string> {
    const app = await this.apps.getEnabled(request.appid);
    mustHaveWebScope(app, request.scope);
    return authorizeUrl(this.settings.wechatOpenUrl, { ...request, platform: app.platform });
  }

  /**
   * The login window of a desktop page. It ends at the finish page of an attempt, which names the app and the only origin that
   * gets a message. Only a service with a key can begin one.
   */
  async popup({ appid, keyId, origin, state }: PopupRequest): Promise<string> {
    mustHaveWebScope(await this.apps.getEnabled(appid), 'snsapi_login');
    const none = { returnTo: null, bindingHash: null };
    const { id } = await this.attempts.begin({ appid, kind: 'popup', keyId, origin, state, seconds: popupSeconds, ...none });
    const redirectUri = `${this.settings.publicUrl}/widgets/finish/${appid}/${id}`;
    return this.page({ appid, redirectUri, scope: 'snsapi_login', state });
  }
}

import { Injectable } from '@nestjs/common';
import { type App, Accounts } from '#account';
import { UsedCodes } from '#one-time-code';
import { AccessTokens } from '#token';
import { type Sighting, Users } from '#user';
import {
  type FreshGrant,
  type Language,
  TokenRefused,
  type WebProfile,
  type WechatApp,
  WechatBusy,
  WechatGarbled,
  WechatOauthApi,
  WechatSilent,
  WechatUnreachable,
} from '#wechat';
import { GrantedTokenStore, type PersonToken } from './granted-token-store.js';
import { ProfileNotAuthorized } from './web-auth-errors.js';
import { mustHaveWebScope } from './web-scopes.js';

export interface WebLogin {
  readonly openid: string;
  readonly unionid: string | null;
  readonly scope: string;
  readonly isSnapshot: boolean;
  /** Null where the person was not asked for it, or WeChat did not give it in time. */
  readonly profile: WebProfile | null;
}

/** What people allowed our apps by web authorisation. Their tokens stay here. */
@Injectable()
export class WebAuthorizations {
  constructor(
    private readonly accounts: Accounts,
    private readonly users: Users,
    private readonly codes: UsedCodes,
    private readonly tokens: GrantedTokenStore,
    private readonly speakers: AccessTokens,
    private readonly wechat: WechatOauthApi,
  ) {}

  async exchange(appid: string, code: string, language: Language): Promise<WebLogin> {
    const app = await this.accounts.getEnabled(appid);
    mustHaveWebScope(app);
    const grant = await this.codes.exchange(appid, code, () => this.redeem(app, code));
    const profile = hasProfile(grant.scope) ? await this.firstProfile(app, grant, language) : null;
    const { openid, scope, isSnapshot } = grant;
    const login: WebLogin = { openid, scope, isSnapshot, profile, unionid: grant.unionid ?? profile?.unionid ?? null };
    // Everything WeChat tells of a snapshot is made up, so nobody is remembered by it.
    if (!isSnapshot) await this.tokens.keep(appid, grant, sightingOf(login));
    return login;
  }

  async profile(appid: string, openid: string, language: Language): Promise<WebProfile> {
    const app = await this.accounts.getEnabled(appid);
    const held = await this.tokens.living(app, openid);
    if (!held.showsProfile) throw new ProfileNotAuthorized();
    const profile = await this.callFor(app, held, (caller) => this.wechat.profile({ ...caller, openid }, language));
    await this.users.see(appid, [{ openid, unionid: profile.unionid, profile: shown(profile) }]);
    return profile;
  }

  /** Asks WeChat. Throws where the authorisation has ended. */
  async prove(appid: string, openid: string): Promise<void> {
    const app = await this.accounts.getEnabled(appid);
    const held = await this.tokens.living(app, openid);
    await this.callFor(app, held, (caller) => this.wechat.prove({ ...caller, openid }));
  }

  private redeem({ appid }: App, code: string): Promise<FreshGrant> {
    return this.speakers.callProving(appid, (proving) => this.wechat.exchange(proving, code));
  }

  /**
   * The code is spent by now, so failing here would send the person back for nothing: who they are is known, and the
   * profile can be asked for again. What does not pass by itself is told all the same.
   */
  private async firstProfile(app: App, grant: FreshGrant, language: Language): Promise<WebProfile | null> {
    const ask = async (): Promise<WebProfile> => this.wechat.profile({ ...(await this.callerFor(app)), ...grant }, language);
    try {
      return await ask().catch((error: unknown) => {
        if (!passes(error)) throw error;
        return ask();
      });
    } catch (error) {
      if (passes(error)) return null;
      throw error;
    }
  }

  /** A token of a person that WeChat refuses is renewed and the call repeated, once. */
  private async callFor<T>(
    app: App,
    held: PersonToken,
    call: (caller: WechatApp & { accessToken: string }) => Promise<T>,
  ): Promise<T> {
    const caller = await this.callerFor(app);
    try {
      return await call({ ...caller, accessToken: held.accessToken });
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw await this.tokens.after(error, app.appid, held);
      const { accessToken } = await this.tokens.renewed(app, held);
      return call({ ...caller, accessToken });
    }
  }

  private async callerFor(app: App): Promise<WechatApp> {
    return { appid: app.appid, proxy: await this.accounts.reveal(app, 'forwardProxy') };
  }
}

const hasProfile = (scope: string): boolean => /(^|,)(snsapi_userinfo|snsapi_login)(,|$)/.test(scope);

const passes = (error: unknown): boolean =>
  [WechatBusy, WechatSilent, WechatUnreachable, WechatGarbled, TokenRefused].some((kind) => error instanceof kind);

const sightingOf = ({ openid, unionid, profile }: WebLogin): Sighting => ({
  openid,
  unionid,
  ...(profile && { profile: shown(profile) }),
});

const shown = ({ nickname, sex, province, city, country, headimgurl }: WebProfile) => ({
  nickname,
  sex,
  province,
  city,
  country,
  headimgurl,
});

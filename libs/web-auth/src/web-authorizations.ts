import { Injectable } from '@nestjs/common';
import { type App, Apps } from '#app';
import { UsedCodes } from '#one-time-code';
import { AccessTokens } from '#token';
import { type Sighting, Users } from '#user';
import {
  type CallingPerson,
  type FreshGrant,
  type Language,
  TokenRefused,
  type WebProfile,
  type WechatApp,
  WechatBusy,
  WechatGarbled,
  WechatHttp,
  WechatSilent,
  WechatUnreachable,
  exchangeCode,
  proveGrant,
  readProfile,
} from '#wechat';
import { OwnCodes, isOwnCode } from './attempts/own-codes.js';
import { GrantedTokenStore, type PersonToken } from './granted-token-store.js';
import { ProfileNotAuthorized } from './web-auth-errors.js';
import type { WebLogin } from './web-login.js';
import { mustHaveWebScope } from './web-scopes.js';

/** What people allowed our apps by web authorisation. Their tokens stay here. */
@Injectable()
export class WebAuthorizations {
  constructor(
    private readonly apps: Apps,
    private readonly users: Users,
    private readonly codes: UsedCodes,
    private readonly tokens: GrantedTokenStore,
    private readonly speakers: AccessTokens,
    private readonly wechat: WechatHttp,
    private readonly ownCodes: OwnCodes,
  ) {}

  /** By a code of WeChat's or of ours: ours only for the key that began the login. */
  async login(appid: string, code: string, language: Language, keyId: string | undefined): Promise<WebLogin> {
    if (!isOwnCode(code)) return this.exchange(appid, code, language);
    await this.apps.getEnabled(appid);
    return this.ownCodes.redeem(appid, code, keyId);
  }

  /** By a code of WeChat's. */
  async exchange(appid: string, code: string, language: Language): Promise<WebLogin> {
    const app = await this.apps.getEnabled(appid);
    mustHaveWebScope(app);
    const grant = await this.codes.exchange(appid, code, () => this.speakers.callProving(exchangeCode, appid, code));
    const profile = hasProfile(grant.scope) ? await this.firstProfile(app, grant, language) : null;
    const { openid, scope, isSnapshot } = grant;
    const told = grant.unionid ?? profile?.unionid ?? null;
    const unionid = isSnapshot ? told : (told ?? (await this.users.find(appid, openid))?.unionid ?? null);
    const login: WebLogin = { openid, scope, isSnapshot, profile, unionid };
    // Everything WeChat tells of a snapshot is made up, so nobody is remembered by it.
    if (!isSnapshot) await this.tokens.keep(appid, grant, sightingOf(login));
    return login;
  }

  async profile(appid: string, openid: string, language: Language): Promise<WebProfile> {
    const app = await this.apps.getEnabled(appid);
    const held = await this.tokens.living(app, openid);
    if (!held.showsProfile) throw new ProfileNotAuthorized();
    const profile = await this.callFor(app, held, (person) => this.wechat.call(readProfile, person, language));
    await this.users.see(appid, [{ openid, unionid: profile.unionid, profile: shown(profile) }]);
    return profile;
  }

  /** Asks WeChat. Throws where the authorisation has ended. */
  async prove(appid: string, openid: string): Promise<void> {
    const app = await this.apps.getEnabled(appid);
    const held = await this.tokens.living(app, openid);
    await this.callFor(app, held, (person) => this.wechat.call(proveGrant, person));
  }

  /**
   * The code is spent by now, so failing here would send the person back for nothing: who they are is known, and the
   * profile can be asked for again. What does not pass by itself is told all the same.
   */
  private async firstProfile(app: App, grant: FreshGrant, language: Language): Promise<WebProfile | null> {
    const ask = async (): Promise<WebProfile> =>
      this.wechat.call(readProfile, { ...(await this.callerFor(app)), ...grant }, language);
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
  private async callFor<T>(app: App, held: PersonToken, call: (person: CallingPerson) => Promise<T>): Promise<T> {
    const caller = await this.callerFor(app);
    try {
      return await call({ ...caller, ...held });
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw await this.tokens.after(error, app.appid, held);
      return call({ ...caller, ...(await this.tokens.renewed(app, held)) });
    }
  }

  private async callerFor(app: App): Promise<WechatApp> {
    return { appid: app.appid, proxy: await this.apps.wayOutOf(app) };
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

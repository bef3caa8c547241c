import { Injectable } from '@nestjs/common';
import { Apps, type AppKind } from '#app';
import { AppNeedsAttention, type CallingApp, TokenRefused, type WechatCall, WechatHttp, permissionMissingIn } from '#wechat';
import { accessTokenKind } from './access-token.issuer.js';
import type { CredentialName } from './credential-name.js';
import { Credentials, type LivingCredential } from './credentials.js';
import { NeedlessReports } from './needless-reports.js';
import { NoSuchCredential } from './token-errors.js';

/** Access tokens, for every room that calls WeChat and for the services outside. */
@Injectable()
export class AccessTokens {
  /** Where apps of a kind are not called with an access token of their own. */
  private readonly kinds = new Map<AppKind, string>();
  /** Of these, what no service is given. */
  private readonly kept = new Set<string>();

  constructor(
    private readonly credentials: Credentials,
    private readonly apps: Apps,
    private readonly needlessReports: NeedlessReports,
    private readonly wechat: WechatHttp,
  ) {}

  /** Apps of this kind are called with that credential: said by its issuer's module at the start. */
  registerKind(credentialKind: string, appKind: AppKind, { staysHere = false } = {}): void {
    this.kinds.set(appKind, credentialKind);
    if (staysHere) this.kept.add(credentialKind);
  }

  /** For a service outside: at once from memory where a living one is held. */
  handOut(appid: string): LivingCredential | Promise<LivingCredential> {
    const held = this.living(appid, (kind) => !this.kept.has(kind));
    return held ?? this.mayHaveOut(appid).then(() => this.current(appid));
  }

  /** A service says that WeChat refused this one. */
  async replaceForService(appid: string, refused: string, keyId: string): Promise<LivingCredential> {
    await this.mayHaveOut(appid);
    await this.needlessReports.mustBeFew(appid, keyId);
    const token = await this.replace(appid, refused);
    if (token.stillValid) await this.needlessReports.count(appid, keyId);
    return token;
  }

  /** One that lives and is in memory. */
  held(appid: string): LivingCredential | undefined {
    return this.living(appid, () => true);
  }

  /** At once from memory where a living one is held. */
  current(appid: string): LivingCredential | Promise<LivingCredential> {
    return this.held(appid) ?? this.nameOf(appid).then((name) => this.credentials.current(name));
  }

  /** WeChat refused this one: the one to use instead. */
  async replace(appid: string, refused: string): Promise<LivingCredential> {
    return this.credentials.replace(await this.nameOf(appid), refused);
  }

  /** A call to WeChat with the app's token. */
  call<Input extends unknown[], Answer>(
    call: WechatCall<'app' | 'platform', Input, Answer>,
    appid: string,
    ...input: Input
  ): Promise<Answer> {
    return this.callAs(appid, (app) => this.wechat.call(call, app, ...input));
  }

  /** A token that WeChat refuses is replaced and the call repeated, once. */
  async callAs<T>(appid: string, call: (app: CallingApp) => Promise<T>): Promise<T> {
    const app = await this.apps.get(appid);
    const proxy = await this.apps.wayOutOf(app);
    const { value } = await this.current(appid);
    try {
      return await call({ appid, proxy, accessToken: value });
    } catch (error) {
      if (error instanceof TokenRefused) return call({ appid, proxy, accessToken: (await this.replace(appid, value)).value });
      throw (app.granted && error instanceof AppNeedsAttention && permissionMissingIn(error, app.granted)) || error;
    }
  }

  /** A call in which an app proves itself: by its secret, or, where a platform speaks for it, by that platform's token. */
  async callProving<Input extends unknown[], Answer>(
    call: WechatCall<'proving', Input, Answer>,
    appid: string,
    ...input: Input
  ): Promise<Answer> {
    const app = await this.apps.get(appid);
    const { kind, platform } = app;
    if (kind !== 'authorizer') return this.wechat.call(call, await this.apps.credentialsOf(app), ...input);
    if (platform === null) throw new NoSuchCredential(appid, { en: 'no platform speaks for it', zh: '没有平台代它调用' });
    const proxy = await this.apps.wayOutOf(app);
    return this.callAs(platform, ({ accessToken }) =>
      this.wechat.call(call, { appid, proxy, platform: { appid: platform, accessToken } }, ...input),
    );
  }

  /** An app has one of them at most. Without asking what kind of app it is: that may take the database. */
  private living(appid: string, isWanted: (kind: string) => boolean): LivingCredential | undefined {
    for (const kind of [accessTokenKind, ...this.kinds.values()]) {
      const held = isWanted(kind) ? this.credentials.living({ appid, kind }) : undefined;
      if (held) return held;
    }
    return undefined;
  }

  private async mayHaveOut(appid: string): Promise<void> {
    const { kind } = await this.nameOf(appid);
    if (this.kept.has(kind))
      throw new NoSuchCredential(appid, {
        en: 'what a platform is called with opens all of its accounts, and stays here',
        zh: '平台的令牌能操作它的全部授权方，所以不外发',
      });
  }

  private async nameOf(appid: string): Promise<CredentialName> {
    const { kind } = await this.apps.get(appid);
    return { appid, kind: this.kinds.get(kind) ?? accessTokenKind };
  }
}

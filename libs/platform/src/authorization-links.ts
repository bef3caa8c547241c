import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type App, Accounts } from '#account';
import { Randomness } from '#runtime';
import { Settings } from '#settings';
import { AccessTokens } from '#token';
import { type Place, Vault } from '#vault';
import { WechatComponentApi, authorizationPages } from '#wechat';
import { DataSource } from 'typeorm';
import { AuthorizationCodes, type CodeState } from './authorization-codes.js';
import { Exchanges } from './exchanges.js';
import { LinkNotFound, NotAPlatform } from './platform-errors.js';

export interface LinkOrder {
  readonly authType: number;
  readonly bizAppid: string | null;
  readonly categoryIds: readonly number[];
}

export interface AuthorizationLink {
  readonly desktopUrl: string;
  readonly phoneUrl: string;
  readonly lifetimeSeconds: number;
}

interface LinkRow {
  readonly sealed: string;
  readonly authType: number;
  readonly bizAppid: string | null;
  readonly categoryIds: number[];
}

/** A link is for one account; whoever has it may try a few times, and a stranger may not have WeChat asked without end. */
const codesMax = 5;
/** How long after a link has ended people may come back with what WeChat gave them. */
const comeBackSeconds = 3_600;

/** Where accounts are sent to authorise a platform, and where they come back. */
@Injectable()
export class AuthorizationLinks {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly accounts: Accounts,
    private readonly tokens: AccessTokens,
    private readonly codes: AuthorizationCodes,
    private readonly exchanges: Exchanges,
    private readonly wechat: WechatComponentApi,
    private readonly vault: Vault,
    private readonly randomness: Randomness,
    private readonly settings: Settings,
  ) {}

  async make(platform: string, order: LinkOrder): Promise<AuthorizationLink> {
    mustBePlatform(await this.accounts.getEnabled(platform));
    const { value: preAuthCode, lifetimeSeconds } = await this.tokens.callAs(platform, (caller) =>
      this.wechat.preAuthCode(caller),
    );
    const id = this.randomness.word(22);
    await this.database.transaction(async (transaction) => {
      const sealed = await this.vault.seal(place(platform, id), preAuthCode, transaction);
      await transaction.query(
        `INSERT INTO authorization_link (appid, id, sealed_pre_auth_code, expires_at, auth_type, biz_appid, category_ids)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4), $5, $6, $7)`,
        [platform, id, sealed, lifetimeSeconds, order.authType, order.bizAppid, order.categoryIds],
      );
    });
    const { phone } = this.pages(platform, id, preAuthCode, order);
    return { desktopUrl: `${this.settings.publicUrl}/platforms/${platform}/links/${id}`, phoneUrl: phone, lifetimeSeconds };
  }

  /** Where the button of the desktop page leads, while WeChat takes it. */
  async desktopTarget(platform: string, id: string): Promise<string> {
    const [row] = await this.database.query<LinkRow[]>(
      `SELECT sealed_pre_auth_code AS sealed, auth_type AS "authType", biz_appid AS "bizAppid", category_ids AS "categoryIds"
         FROM authorization_link WHERE appid = $1 AND id = $2 AND expires_at > now()`,
      [platform, id],
    );
    if (!row) throw new LinkNotFound();
    const preAuthCode = await this.vault.open(place(platform, id), row.sealed);
    return this.pages(platform, id, preAuthCode, row).desktop;
  }

  /** Somebody came back with a code. It is kept first; that it is one, WeChat tells when it is exchanged. */
  async comeBack(platform: string, id: string, code: string): Promise<CodeState> {
    const [links] = await this.database.query<[unknown[], number]>(
      `UPDATE authorization_link SET codes = codes + 1
        WHERE appid = $1 AND id = $2 AND codes < $3 AND expires_at > now() - make_interval(secs => $4) RETURNING id`,
      [platform, id, codesMax, comeBackSeconds],
    );
    if (links.length === 0) throw new LinkNotFound();
    const arrived = await this.codes.arrive({ platform, code, authorizer: null, asOf: null });
    return (await this.exchanges.outcome(platform, arrived)).state;
  }

  private pages(platform: string, id: string, preAuthCode: string, { authType, bizAppid, categoryIds }: LinkOrder) {
    const redirectUri = `${this.settings.publicUrl}/platforms/${platform}/authorized?link=${id}`;
    const origins = { mp: this.settings.wechatMpUrl, open: this.settings.wechatOpenUrl };
    return authorizationPages(origins, { platform, preAuthCode, redirectUri, authType, bizAppid, categoryIds });
  }
}

export function mustBePlatform(app: App): App {
  if (app.kind !== 'third_party_platform') throw new NotAPlatform(app.appid);
  return app;
}

const place = (platform: string, id: string): Place => ({
  table: 'authorization_link',
  column: 'sealed_pre_auth_code',
  row: id,
  owner: platform,
});

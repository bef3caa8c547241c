import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type App, Apps } from '#app';
import { Settings } from '#settings';
import { AccessTokens } from '#token';
import { type Place, Vault } from '#vault';
import { authorizationPages, issuePreAuthCode } from '#wechat';
import { DataSource } from 'typeorm';
import { AuthorizationCodes, type CodeState } from './authorization-codes.js';
import { Exchanges } from './exchanges.js';
import { LinkOwners, type Visit } from './link-owners.js';
import { LinkNotFound, NotAPlatform } from './platform-errors.js';

export interface LinkRequest {
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
  readonly secondsLeft: number;
}

/** A link is for one authorizer: its owner may try a few times, and so may all others together, who must not have WeChat asked without end. */
const codesMax = 5;
/** How long after a link has ended people may come back with what WeChat gave them. */
const comeBackSeconds = 3_600;

/** Where authorizers are sent to authorise a platform, and where they come back. */
@Injectable()
export class AuthorizationLinks {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
    private readonly codes: AuthorizationCodes,
    private readonly exchanges: Exchanges,
    private readonly owners: LinkOwners,
    private readonly vault: Vault,
    private readonly settings: Settings,
  ) {}

  async make(platform: string, order: LinkRequest, keyId: string): Promise<AuthorizationLink> {
    mustBePlatform(await this.apps.getEnabled(platform));
    const { value: preAuthCode, lifetimeSeconds } = await this.tokens.call(issuePreAuthCode, platform);
    const id = await this.owners.begin(platform, keyId, lifetimeSeconds);
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

  /** Where the button of the desktop page leads, while WeChat takes it. The link belongs to the first browser that sees it. */
  async desktopTarget(platform: string, id: string, visit: Visit): Promise<string> {
    const [row] = await this.database.query<LinkRow[]>(
      `SELECT sealed_pre_auth_code AS sealed, auth_type AS "authType", biz_appid AS "bizAppid", category_ids AS "categoryIds",
              extract(epoch FROM expires_at - now())::int AS "secondsLeft"
         FROM authorization_link WHERE appid = $1 AND id = $2 AND expires_at > now()`,
      [platform, id],
    );
    if (!row) throw new LinkNotFound();
    await this.owners.opened({ appid: platform, id }, visit, row.secondsLeft + comeBackSeconds);
    const preAuthCode = await this.vault.open(place(platform, id), row.sealed);
    return this.pages(platform, id, preAuthCode, row).desktop;
  }

  /** Somebody came back with a code. It is kept first; that it is one, WeChat tells when it is exchanged. */
  async comeBack(platform: string, id: string, code: string, { request }: Pick<Visit, 'request'>): Promise<CodeState> {
    const isOwner = await this.owners.isOwner({ appid: platform, id }, request);
    // One that came before, perhaps as an event, costs nothing: WeChat is not asked for it again.
    const known = await this.codes.known(platform, code);
    const spent = known === undefined ? (isOwner ? 'codes' : 'strangers_codes') : undefined;
    if (!(await this.stands(platform, id, spent))) throw new LinkNotFound();
    const arrived = known ?? (await this.codes.arrive({ platform, code, authorizer: null, asOf: null }));
    return (await this.exchanges.outcome(platform, arrived)).state;
  }

  /** Whether people may come back with the link, and if it is to be `spent`, have not done so too often. */
  private async stands(platform: string, id: string, spent: 'codes' | 'strangers_codes' | undefined): Promise<boolean> {
    const isFit = 'appid = $1 AND id = $2 AND expires_at > now() - make_interval(secs => $3)';
    const parameters = [platform, id, comeBackSeconds];
    if (spent === undefined)
      return (await this.database.query<unknown[]>(`SELECT FROM authorization_link WHERE ${isFit}`, parameters)).length > 0;
    const [links] = await this.database.query<[unknown[], number]>(
      `UPDATE authorization_link SET ${spent} = ${spent} + 1 WHERE ${isFit} AND ${spent} < $4 RETURNING id`,
      [...parameters, codesMax],
    );
    return links.length > 0;
  }

  private pages(platform: string, id: string, preAuthCode: string, { authType, bizAppid, categoryIds }: LinkRequest) {
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

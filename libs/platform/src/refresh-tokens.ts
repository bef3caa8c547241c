import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Apps } from '#app';
import { AuthorizationLost, AuthorizationRevoked } from '#token';
import { type Place, Vault } from '#vault';
import { type EntityManager, Repository } from 'typeorm';
import { PlatformAuthorization, type Whose } from './platform-authorization.entity.js';

/** A refresh token to use, with the text of its column: a later write replaces only that text. */
export interface HeldAuthorization extends Whose {
  readonly refreshToken: string;
  readonly sealed: string;
  readonly isLost: boolean;
}

/** The refresh tokens of authorizers. The token in force is kept before it is used. */
@Injectable()
export class RefreshTokens {
  private readonly log = new Logger('RefreshTokens');

  constructor(
    @InjectRepository(PlatformAuthorization) private readonly rows: Repository<PlatformAuthorization>,
    private readonly apps: Apps,
    private readonly vault: Vault,
  ) {}

  /** The token through whose platform the authorizer is called. */
  async speaking(appid: string): Promise<HeldAuthorization> {
    const { platform } = await this.apps.get(appid);
    const row = platform === null ? null : await this.rows.findOneBy({ appid, platform });
    if (!row?.stands) throw new AuthorizationRevoked(appid);
    if (row.sealedRefreshToken === null) throw new AuthorizationLost(appid);
    return this.opened(row, row.sealedRefreshToken);
  }

  /** Seals a token for its column, in the transaction that writes it. */
  seal(whose: Whose, refreshToken: string, within?: EntityManager): Promise<string> {
    return this.vault.seal(place(whose), refreshToken, within);
  }

  async opened({ appid, platform, lostAt }: PlatformAuthorization, sealed: string): Promise<HeldAuthorization> {
    return {
      appid,
      platform,
      sealed,
      isLost: lostAt !== null,
      refreshToken: await this.vault.open(place({ appid, platform }), sealed),
    };
  }

  /** Runs in the transaction that saves the access token of the same answer. Replaces only the token that was used. */
  async keepRefreshed(transaction: EntityManager, used: HeldAuthorization, refreshToken: string | null): Promise<void> {
    const { appid, platform } = used;
    const isSame = refreshToken === null || refreshToken === used.refreshToken;
    const sealed = isSame ? used.sealed : await this.seal(used, refreshToken, transaction);
    await transaction.query(
      `UPDATE platform_authorization
          SET sealed_refresh_token = $4, lost_at = NULL, refresh_kept_at = CASE WHEN $3 <> $4 THEN now() ELSE refresh_kept_at END
        WHERE appid = $1 AND platform = $2 AND sealed_refresh_token = $3 AND ($3 <> $4 OR lost_at IS NOT NULL)`,
      [appid, platform, used.sealed, sealed],
    );
  }

  /** WeChat names another refresh token than the one it refused. It is committed before anybody uses it. */
  async takeInstead(refused: HeldAuthorization, refreshToken: string): Promise<HeldAuthorization> {
    const { appid, platform } = refused;
    const sealed = await this.seal(refused, refreshToken);
    const [, taken] = await this.rows.query<[unknown[], number]>(
      `UPDATE platform_authorization SET sealed_refresh_token = $4, refresh_kept_at = now(), lost_at = NULL
        WHERE appid = $1 AND platform = $2 AND sealed_refresh_token = $3`,
      [appid, platform, refused.sealed, sealed],
    );
    if (taken === 0) return this.speaking(appid);
    this.log.warn(`The refresh token of ${appid} was void; the one that WeChat names now is used instead`);
    return { appid, platform, refreshToken, sealed, isLost: false };
  }

  /** The token is kept, because WeChat may be wrong, and reported: an owner may have to consent again. */
  async lose({ appid, platform, sealed }: HeldAuthorization): Promise<void> {
    const [, lost] = await this.rows.query<[unknown[], number]>(
      `UPDATE platform_authorization SET lost_at = now()
        WHERE appid = $1 AND platform = $2 AND sealed_refresh_token = $3 AND lost_at IS NULL`,
      [appid, platform, sealed],
    );
    if (lost > 0)
      this.log.error(
        `WeChat no longer accepts the refresh token of ${appid} and names no other: the authorizer must authorise ${platform} again`,
      );
  }
}

const place = ({ appid, platform }: Whose): Place => ({
  table: 'platform_authorization',
  column: 'sealed_refresh_token',
  row: JSON.stringify([appid, platform]),
  owner: appid,
});

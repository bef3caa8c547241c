import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { Apps } from '#app';
import { Clock } from '#runtime';
import { AccessTokens } from '#token';
import { type ListedAuthorizer, listAuthorizers } from '#wechat';
import { DataSource, Repository } from 'typeorm';
import { AuthorizerDescriptions } from './authorizer-descriptions.js';
import { Authorizations } from './authorizations.js';
import { PlatformAuthorization } from './platform-authorization.entity.js';
import { type Difference, type DifferenceKind, Platform } from './platform.entity.js';
import { RefreshTokens } from './refresh-tokens.js';

export interface Compared {
  readonly listed: number;
  readonly differences: readonly Difference[];
  /** The authorizers whose refresh tokens were taken from WeChat's list. */
  readonly healed: readonly string[];
}

/** More are counted in nobody's head: the first of them are shown. */
const shownMax = 1_000;
const pageSize = 500;

/** WeChat's own list of a platform's authorizers, held against ours. */
@Injectable()
export class Comparisons {
  private readonly log = new Logger('Comparisons');

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @InjectRepository(Platform) private readonly platforms: Repository<Platform>,
    @InjectRepository(PlatformAuthorization) private readonly rows: Repository<PlatformAuthorization>,
    private readonly authorizations: Authorizations,
    private readonly refreshTokens: RefreshTokens,
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
    private readonly descriptions: AuthorizerDescriptions,
    private readonly clock: Clock,
  ) {}

  /**
   * What WeChat lists with a later authorisation than we know of was missed, and is taken over. Authorizers that are not
   * known here at all are shown; those that authorised since `adoptSince` are taken over too.
   */
  async compare(platform: string, { adoptSince }: { adoptSince?: Date } = {}): Promise<Compared> {
    const begun = this.clock.now();
    const seen = new Set<string>();
    const differences: Difference[] = [];
    for await (const listed of this.listedBy(platform)) {
      if (seen.has(listed.authorizer)) continue;
      seen.add(listed.authorizer);
      const difference = await this.differenceOf(platform, listed, adoptSince);
      if (difference) differences.push(difference);
    }
    // One that came while the pages were read may stand on a page that was read before.
    const ours = await this.rows.find({ where: { platform, stands: true }, select: { appid: true, platform: true, asOf: true } });
    for (const { appid, asOf } of ours)
      if (!seen.has(appid) && asOf < begun) differences.push({ appid, kind: 'missing_at_wechat', healed: false });

    const shown = differences.slice(0, shownMax);
    await this.platforms.query(
      `INSERT INTO platform (appid, compared_at, listed, differences) VALUES ($1, now(), $2, $3)
       ON CONFLICT (appid) DO UPDATE
          SET compared_at = excluded.compared_at, listed = excluded.listed, differences = excluded.differences`,
      [platform, seen.size, JSON.stringify(shown)],
    );
    if (differences.length > 0)
      this.log.warn(`WeChat's list of the authorizers of ${platform} differs from ours in ${differences.length} authorizers`);
    const healed = differences.filter((one) => one.healed).map(({ appid }) => appid);
    if (healed.length > 0) this.descriptions.run();
    return { listed: seen.size, differences: shown, healed };
  }

  private async *listedBy(platform: string): AsyncGenerator<ListedAuthorizer> {
    for (let offset = 0; ; offset += pageSize) {
      const { listed, total } = await this.tokens.call(listAuthorizers, platform, { offset, count: pageSize });
      yield* listed;
      if (listed.length === 0 || offset + listed.length >= total) return;
    }
  }

  private async differenceOf(
    platform: string,
    listed: ListedAuthorizer,
    adoptSince: Date | undefined,
  ): Promise<Difference | undefined> {
    const { authorizer: appid, authorizedAt, refreshToken } = listed;
    const row = await this.authorizations.find({ appid, platform });
    const kind = await this.kindOf(row, listed);
    if (!kind) return undefined;
    const isNewer = row !== null && (row.asOf < authorizedAt || row.state === 'lost');
    const isAdopted = !row && adoptSince !== undefined && authorizedAt >= adoptSince;
    if (refreshToken === null || !(isNewer || isAdopted)) return { appid, kind, healed: false };
    // Newer than what was known when this was decided, or it changes nothing.
    const asOf = row && row.asOf > authorizedAt ? row.asOf : authorizedAt;
    const granted = row?.granted ?? [];
    const healed = await this.database.transaction((transaction) =>
      this.authorizations.keep(transaction, { appid, platform, asOf, refreshToken, access: null, granted }),
    );
    this.apps.changed(appid);
    return { appid, kind, healed };
  }

  private async kindOf(row: PlatformAuthorization | null, listed: ListedAuthorizer): Promise<DifferenceKind | undefined> {
    if (!row) return 'unknown_here';
    // A list may be a little behind what an event told.
    if (!row.stands) return row.asOf < listed.authorizedAt ? 'not_authorized_here' : undefined;
    if (listed.refreshToken === null) return undefined;
    if (row.sealedRefreshToken === null) return 'other_refresh_token';
    const { refreshToken } = await this.refreshTokens.opened(row, row.sealedRefreshToken);
    return refreshToken === listed.refreshToken ? undefined : 'other_refresh_token';
  }

  /** Once a night for each platform, by one of the replicas. */
  async claimDue(): Promise<string[]> {
    const [rows] = await this.platforms.query<[{ appid: string }[], number]>(
      `UPDATE platform SET compare_at = (date_trunc('day', now() + interval '8 hours') + interval '1 day 3 hours' - interval '8 hours')
                                        + random() * interval '2 hours'
        FROM app WHERE app.appid = platform.appid AND app.enabled AND compare_at <= now() AND sealed_ticket IS NOT NULL RETURNING platform.appid`,
    );
    return rows.map(({ appid }) => appid);
  }
}

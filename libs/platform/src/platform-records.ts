import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Metrics } from '#runtime';
import { MoreThan, Repository } from 'typeorm';
import { AuthorizerNotFound } from './platform-errors.js';
import { PlatformAuthorization } from './platform-authorization.entity.js';
import { Platform } from './platform.entity.js';

/** Platforms and their authorizers, for reading. */
@Injectable()
export class PlatformRecords {
  constructor(
    @InjectRepository(Platform) private readonly platforms: Repository<Platform>,
    @InjectRepository(PlatformAuthorization) private readonly authorizations: Repository<PlatformAuthorization>,
    metrics: Metrics,
  ) {
    metrics.seenInBackground(
      {
        name: 'wx_platform_authorizations',
        help: 'Authorizers of each platform by status: authorized, revoked, lost (they must authorise again: set an alarm on it)',
        labelNames: ['platform', 'status'],
      },
      async () => (await this.counts()).map(({ count, ...labels }) => ({ labels, value: count })),
    );
  }

  platform(appid: string): Promise<Platform | null> {
    return this.platforms.findOneBy({ appid });
  }

  authorizers(platform: string, after: string | undefined, limit: number): Promise<PlatformAuthorization[]> {
    const where = { platform, ...(after !== undefined && { appid: MoreThan(after) }) };
    return this.authorizations.find({ where, order: { appid: 'ASC' }, take: limit });
  }

  async authorizer(platform: string, appid: string): Promise<PlatformAuthorization> {
    const row = await this.authorizations.findOneBy({ platform, appid });
    if (!row) throw new AuthorizerNotFound(appid);
    return row;
  }

  ofAuthorizer(appid: string): Promise<PlatformAuthorization[]> {
    return this.authorizations.find({ where: { appid }, order: { platform: 'ASC' } });
  }

  async countsOf(platform: string): Promise<Record<string, number>> {
    const found = await this.counts();
    return Object.fromEntries(found.filter((one) => one.platform === platform).map(({ status, count }) => [status, count]));
  }

  private counts(): Promise<{ platform: string; status: string; count: number }[]> {
    return this.authorizations.query(
      `SELECT platform, count(*)::int AS count,
              CASE WHEN NOT stands THEN 'revoked' WHEN lost_at IS NOT NULL OR sealed_refresh_token IS NULL THEN 'lost'
                   ELSE 'authorized' END AS status
         FROM platform_authorization GROUP BY 1, 3`,
    );
  }
}

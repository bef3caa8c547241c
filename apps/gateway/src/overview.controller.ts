import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { InjectDataSource } from '@nestjs/typeorm';
import { Json, Operation, Part, Text, Time, Whole } from '#api';
import { AdminOnly } from '#access';
import { Clock } from '#runtime';
import { DataSource } from 'typeorm';
import { version } from './version.js';

class AppCounts {
  @Whole({ example: 3 }) total!: number;
  @Whole({ example: 1 }) disabled!: number;
  @Json({ values: { type: 'integer' }, example: { official_account: 2, mini_program: 1 } })
  by_kind!: Record<string, number>;
}

class KeyCounts {
  @Whole({ example: 4 }) total!: number;
  @Whole('Ended already', { example: 0 }) expired!: number;
  @Whole('Ending within 30 days', { example: 1 }) expiring!: number;
}

class DatabaseState {
  @Text(
    'Another value means that the database went back in time (failover, recovery, restored dump): cursors from before are 410',
    { example: 'first' },
  )
  epoch!: string;
  @Time('When that was noticed') epoch_since!: string;
}

class OverviewAnswer {
  @Text({ example: '0.1.0' }) version!: string;
  @Time('When this replica started') started_at!: string;
  @Part(DatabaseState) database!: DatabaseState;
  @Part(AppCounts) apps!: AppCounts;
  @Part(KeyCounts) api_keys!: KeyCounts;
}

@ApiTags('admin: overview')
@AdminOnly()
@Controller('admin/v1/overview')
export class OverviewController {
  private readonly begun: number;
  private startedAt: Date | undefined;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly clock: Clock,
  ) {
    this.begun = clock.steady();
  }

  @Get()
  @Operation('What there is, and what wants attention')
  @ApiOkResponse({ type: OverviewAnswer })
  async getOverview(): Promise<OverviewAnswer> {
    const kinds: { kind: string; total: number; disabled: number }[] = await this.database.query(
      `SELECT kind, count(*)::int AS total, (count(*) FILTER (WHERE NOT enabled))::int AS disabled FROM app GROUP BY kind ORDER BY kind`,
    );
    const keys: KeyCounts[] = await this.database.query(
      `SELECT count(*)::int AS total,
              (count(*) FILTER (WHERE expires_at <= now()))::int AS expired,
              (count(*) FILTER (WHERE expires_at > now() AND expires_at <= now() + interval '30 days'))::int AS expiring
         FROM api_key`,
    );
    const [epoch] = await this.database.query<[{ value: string; since: Date }]>('SELECT value, since FROM epoch');
    // The right time is known only since the database was heard.
    this.startedAt ??= new Date(this.clock.now().getTime() - (this.clock.steady() - this.begun));
    const { total = 0, expired = 0, expiring = 0 } = keys[0] ?? {};
    return {
      version,
      started_at: this.startedAt.toISOString(),
      database: { epoch: epoch.value, epoch_since: epoch.since.toISOString() },
      apps: {
        total: kinds.reduce((sum, one) => sum + one.total, 0),
        disabled: kinds.reduce((sum, one) => sum + one.disabled, 0),
        by_kind: Object.fromEntries(kinds.map((one) => [one.kind, one.total])),
      },
      api_keys: { total, expired, expiring },
    };
  }
}

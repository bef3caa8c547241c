import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { OneOf, Operation } from '#api';
import { OpenToAll } from '#access';
import { Changes } from '#changes';
import { Database, type DatabaseHealth } from '#database';
import { Lifecycle } from '#runtime';

const answers = ['ok', 'degraded', 'starting', 'draining', 'schema_behind'] as const;

class LiveAnswer {
  @OneOf(['ok'], { example: 'ok' }) status!: 'ok';
}

class ReadyAnswer {
  @OneOf(
    answers,
    '`degraded`: the database was lost or takes no writes; what is in memory is still served. Only `starting`, `draining` and `schema_behind` are not ready',
    { example: 'ok' },
  )
  status!: (typeof answers)[number];
  @OneOf(
    ['ok', 'unreachable', 'not_writable', 'schema_behind'],
    'As seen in the background, at most some seconds ago. `not_writable`: read-only, or its disk is full',
    { example: 'ok' },
  )
  database!: DatabaseHealth;
}

interface Reply {
  status(code: number): unknown;
}

/** Replicas write to it each second. */
const writtenSecondsMax = 5;

@ApiTags('operations')
@OpenToAll()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get('live')
  @Operation('Whether the process answers at all')
  @ApiOkResponse({ type: LiveAnswer })
  isLive(): LiveAnswer {
    return { status: 'ok' };
  }

  @Get('ready')
  @Operation(
    'Whether requests should be sent here',
    'Says 200 once database, schema and keys were found good. WeChat being away does not matter here.',
  )
  @ApiOkResponse({ type: ReadyAnswer })
  @ApiServiceUnavailableResponse({ type: ReadyAnswer, description: 'Not ready yet, or no longer' })
  isReady(@Res({ passthrough: true }) reply: Reply): ReadyAnswer {
    const { health } = this.database;
    const database = health === 'ok' && this.changes.secondsSinceWrite > writtenSecondsMax ? 'not_writable' : health;
    const status = this.statusWith(database);
    reply.status(status === 'ok' || status === 'degraded' ? 200 : 503);
    return { status, database };
  }

  private statusWith(database: ReadyAnswer['database']): ReadyAnswer['status'] {
    if (this.lifecycle.stage !== 'serving') return this.lifecycle.stage;
    if (database === 'schema_behind') return 'schema_behind';
    return database === 'ok' ? 'ok' : 'degraded';
  }
}

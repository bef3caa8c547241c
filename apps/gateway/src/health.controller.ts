import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { OpenToAll } from '#access';
import { Database, type DatabaseHealth } from '#database';
import { Lifecycle } from '#runtime';

const answers = ['ok', 'degraded', 'starting', 'draining', 'schema_behind'] as const;

class LiveAnswer {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  status!: 'ok';
}

class ReadyAnswer {
  @ApiProperty({
    enum: answers,
    description:
      '`degraded`: the database was lost; what is in memory is still served. Only `starting`, `draining` and `schema_behind` are not ready',
    example: 'ok',
  })
  status!: (typeof answers)[number];

  @ApiProperty({ enum: ['ok', 'unreachable', 'schema_behind'], example: 'ok' })
  database!: DatabaseHealth;
}

interface Reply {
  status(code: number): unknown;
}

/** A probe asks again soon; a database that hangs must not make it wait. */
const patienceMilliseconds = 1_000;

@ApiTags('operations')
@OpenToAll()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get('live')
  @ApiOperation({ operationId: 'isLive', summary: 'Whether the process answers at all' })
  @ApiOkResponse({ type: LiveAnswer })
  live(): LiveAnswer {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'isReady',
    summary: 'Whether requests should be sent here',
    description: 'Says 200 once database, schema and keys were found good. WeChat being away does not matter here.',
  })
  @ApiOkResponse({ type: ReadyAnswer })
  @ApiServiceUnavailableResponse({ type: ReadyAnswer, description: 'Not ready yet, or no longer' })
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<ReadyAnswer> {
    const database = await Promise.race([this.database.health(), afterPatience()]);
    const status = this.statusWith(database);
    reply.status(status === 'ok' || status === 'degraded' ? 200 : 503);
    return { status, database };
  }

  private statusWith(database: DatabaseHealth): ReadyAnswer['status'] {
    if (this.lifecycle.stage !== 'serving') return this.lifecycle.stage;
    if (database === 'schema_behind') return 'schema_behind';
    return database === 'ok' ? 'ok' : 'degraded';
  }
}

const afterPatience = (): Promise<DatabaseHealth> =>
  new Promise((resolve) => setTimeout(() => resolve('unreachable'), patienceMilliseconds).unref());

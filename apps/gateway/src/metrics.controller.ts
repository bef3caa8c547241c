import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { KeyInvalid, OpenToAll } from '#access';
import { FailsWith } from '#api';
import { Metrics } from '#runtime';
import { Settings } from '#settings';

interface Reply {
  type(contentType: string): unknown;
}

@ApiTags('operations')
@OpenToAll()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly settings: Settings,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'What Prometheus collects',
    description: 'Open, unless METRICS_TOKEN is set: then it wants that as a bearer token.',
  })
  @ApiOkResponse({
    content: { 'text/plain': { schema: { type: 'string' }, example: 'http_server_request_duration_seconds_count{…} 1' } },
  })
  @FailsWith(KeyInvalid)
  async get(
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const { metricsToken } = this.settings;
    if (metricsToken !== undefined && !equal(authorization ?? '', `Bearer ${metricsToken}`))
      throw new KeyInvalid('/metrics wants METRICS_TOKEN');
    const { contentType, body } = await this.metrics.expose();
    reply.type(contentType);
    return body;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

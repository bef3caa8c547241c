import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { KeyInvalid, OpenToAll, isForwarded, isLoopbackAddress } from '#access';
import { FailsWith, Operation } from '#api';
import { Metrics } from '#runtime';
import { Settings } from '#settings';
import { isSameText } from '#vault';
import type { FastifyRequest } from 'fastify';

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
  @ApiSecurity('metrics')
  @ApiSecurity({})
  @Operation(
    'What Prometheus collects',
    'Wants METRICS_TOKEN as a bearer token. Where none is set: only from the machine itself (loopback), and not through a proxy.',
  )
  @ApiOkResponse({
    content: { 'text/plain': { schema: { type: 'string' }, example: 'http_server_request_duration_seconds_count{…} 1' } },
  })
  @FailsWith(KeyInvalid)
  async getMetrics(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    if (!this.isForThem(request))
      throw new KeyInvalid({
        en: '/metrics wants METRICS_TOKEN; without one it is for this machine alone',
        zh: '/metrics 需要 METRICS_TOKEN；未设置时只允许本机访问',
      });
    const { contentType, body } = await this.metrics.expose();
    reply.type(contentType);
    return body;
  }

  private isForThem(request: FastifyRequest): boolean {
    const { metricsToken } = this.settings;
    if (metricsToken !== undefined) return isSameText(request.headers.authorization ?? '', `Bearer ${metricsToken}`);
    // The peer itself: whom it asks for is what a proxy says, and on this machine anybody may be one.
    return isLoopbackAddress(request.socket.remoteAddress) && !isForwarded(request);
  }
}

import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Idempotent, NeedsScope } from '#access';
import { AppidParam, FailsWith, OneOf, Operation, Text, exampleMiniProgram } from '#api';
import { InvalidInput } from '#errors';
import { Clock } from '#runtime';
import type { LinkKind } from '#wechat';
import { LinkRequest, linkFaults, linkParameters } from './link-order.js';
import { callFailures } from './mini-program-errors.js';
import { MiniPrograms } from './mini-programs.js';

class LinkAnswer {
  @OneOf(['url_link', 'scheme', 'short_link'], { example: 'url_link' }) type!: LinkKind;
  @Text({ example: 'https://wxaurl.cn/BQZRrcFCPvg' }) link!: string;
}

@ApiTags('mini programs')
@NeedsScope('mini_program')
@Controller('v1/apps/:appid/mini-program/links')
export class LinksController {
  constructor(
    private readonly programs: MiniPrograms,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @Idempotent()
  @Operation(
    'Create a link that opens a page of the mini program',
    'At most 500,000 links that expire can be made a day, for the first two types together.',
  )
  @ApiOkResponse({ type: LinkAnswer })
  @FailsWith(...callFailures)
  async createMiniProgramLink(@AppidParam(exampleMiniProgram) appid: string, @Body() order: LinkRequest): Promise<LinkAnswer> {
    const faults = linkFaults(order, this.clock.now());
    if (faults.length > 0) throw new InvalidInput(faults);
    return { type: order.type, link: await this.programs.link(appid, order.type, linkParameters(order)) };
  }
}

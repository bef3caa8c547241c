import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { AppidParam, FailsWith, Operation, exampleMiniProgram } from '#api';
import { InvalidInput } from '#errors';
import { CodeImageRequest, codeFaults, parametersOf } from './code-order.js';
import { callFailures } from './mini-program-errors.js';
import { MiniPrograms } from './mini-programs.js';

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  type(contentType: string): { send(body: Buffer): unknown };
}

const image = (example: string) => ({ schema: { type: 'string', format: 'binary' }, example });

@ApiTags('mini programs')
@NeedsScope('mini_program')
@Controller('v1/apps/:appid/mini-program/codes')
export class CodesController {
  constructor(private readonly programs: MiniPrograms) {}

  @Post()
  @HttpCode(200)
  @Operation(
    'Create a code that opens a page of the mini program',
    'The answer is the image, with its own content type. Codes do not expire, so keep the image. If the number of such codes is limited, `X-Codes-Used` tells how many exist.',
  )
  @ApiOkResponse({
    content: {
      'image/jpeg': image('(JPEG)'),
      'image/png': image('(PNG)'),
      'image/gif': image('(GIF)'),
      'image/webp': image('(WebP)'),
    },
    headers: {
      'X-Codes-Used': {
        description: 'How many of the 100,000 limited codes are made',
        schema: { type: 'integer' },
        required: false,
      },
    },
  })
  @FailsWith(...callFailures)
  async createMiniProgramCode(
    @AppidParam(exampleMiniProgram) appid: string,
    @Body() order: CodeImageRequest,
    @Res() reply: Reply,
  ): Promise<void> {
    const faults = codeFaults(order);
    if (faults.length > 0) throw new InvalidInput(faults);
    const { type, bytes, used } = await this.programs.code(appid, order.type, parametersOf(order));
    if (used !== null) reply.header('x-codes-used', String(used));
    reply.status(200).type(type).send(bytes);
  }
}

import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { Apps } from '#app';
import { ApiAppid, AppidPipe, FailsWith } from '#api';
import { AccessTokens, tokenFailures } from '#token';
import { type MessageTemplate, WechatTemplateApi } from '#wechat';
import { IsIn, IsOptional } from 'class-validator';
import { exampleTemplateId } from './message-fields.js';

class TemplatesQuery {
  @ApiPropertyOptional({
    description:
      'Templates of template messages, or of subscribe messages. By default the first for an account; a mini program has only the second',
    enum: ['template', 'subscribe'],
  })
  @IsOptional()
  @IsIn(['template', 'subscribe'])
  kind?: 'template' | 'subscribe';
}

class TemplateAnswer {
  @ApiProperty({ example: exampleTemplateId })
  template_id!: string;

  @ApiProperty({ enum: ['template', 'subscribe'], example: 'template' })
  kind!: 'template' | 'subscribe';

  @ApiProperty({ example: '订单发货通知' })
  title!: string;

  @ApiProperty({ example: '商品名称：{{thing1.DATA}}' })
  content!: string;

  @ApiProperty({ example: '商品名称：茶杯' })
  example!: string;

  @ApiProperty({ description: 'The names that `data` must have', type: [String], example: ['thing1'] })
  fields!: string[];

  @ApiProperty({
    description: 'Of a subscribe message: whether a consent is good for one or for many',
    enum: ['once', 'long_term'],
    type: String,
    nullable: true,
    example: null,
  })
  consent!: 'once' | 'long_term' | null;
}

class TemplatesAnswer {
  @ApiProperty({ type: [TemplateAnswer] })
  items!: TemplateAnswer[];
}

@ApiTags('messages')
@NeedsScope('messages:send')
@Controller('v1/apps/:appid/templates')
export class TemplatesController {
  constructor(
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
    private readonly wechat: WechatTemplateApi,
  ) {}

  @Get()
  @ApiAppid()
  @ApiOperation({ operationId: 'listTemplates', summary: 'The templates of the account, all at once: it has 25 at most' })
  @ApiOkResponse({ type: TemplatesAnswer })
  @FailsWith(...tokenFailures)
  async list(@Param('appid', AppidPipe) appid: string, @Query() query: TemplatesQuery): Promise<TemplatesAnswer> {
    const isMiniProgram = (await this.apps.get(appid)).nature === 'mini_program';
    const kind = query.kind ?? (isMiniProgram ? 'subscribe' : 'template');
    const held = await this.tokens.callAs(appid, (app) =>
      kind === 'template' ? this.wechat.ofTemplateMessages(app) : this.wechat.ofSubscribeMessages(app),
    );
    return { items: held.map((one) => answer(kind, one)) };
  }
}

const answer = (kind: 'template' | 'subscribe', template: MessageTemplate): TemplateAnswer => ({
  template_id: template.id,
  kind,
  title: template.title,
  content: template.content,
  example: template.example,
  fields: [...template.fields],
  consent: template.consent,
});

import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '#access';
import { Apps } from '#app';
import { AppidParam, FailsWith, OneOf, Operation, Parts, Text, Texts } from '#api';
import { AccessTokens, tokenFailures } from '#token';
import { type MessageTemplate, listSubscribeTemplates, listTemplates } from '#wechat';
import { exampleTemplateId } from './message-fields.js';

class TemplatesQuery {
  @OneOf(
    ['template', 'subscribe'],
    'Templates of template messages, or of subscribe messages. By default the first for an account; a mini program has only the second',
    { optional: true },
  )
  kind?: 'template' | 'subscribe';
}

class TemplateAnswer {
  @Text({ example: exampleTemplateId }) template_id!: string;
  @OneOf(['template', 'subscribe'], { example: 'template' }) kind!: 'template' | 'subscribe';
  @Text({ example: '订单发货通知' }) title!: string;
  @Text({ example: '商品名称：{{thing1.DATA}}' }) content!: string;
  @Text({ example: '商品名称：茶杯' }) example!: string;
  @Texts('The names that `data` must have', { example: ['thing1'] }) fields!: string[];
  @OneOf(['once', 'long_term'], 'Of a subscribe message: whether a consent is good for one or for many', {
    nullable: true,
    example: null,
  })
  consent!: 'once' | 'long_term' | null;
}

class TemplatesAnswer {
  @Parts(TemplateAnswer) items!: TemplateAnswer[];
}

@ApiTags('messages')
@NeedsScope('messages:send')
@Controller('v1/apps/:appid/templates')
export class TemplatesController {
  constructor(
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
  ) {}

  @Get()
  @Operation('List all templates of the account, 25 at most')
  @ApiOkResponse({ type: TemplatesAnswer })
  @FailsWith(...tokenFailures)
  async listTemplates(@AppidParam() appid: string, @Query() query: TemplatesQuery): Promise<TemplatesAnswer> {
    const isMiniProgram = (await this.apps.get(appid)).nature === 'mini_program';
    const kind = query.kind ?? (isMiniProgram ? 'subscribe' : 'template');
    const held = await this.tokens.call(kind === 'template' ? listTemplates : listSubscribeTemplates, appid);
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

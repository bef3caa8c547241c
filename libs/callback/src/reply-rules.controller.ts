import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, AdminOnly, By } from '#access';
import { Apps, AppNotFound } from '#app';
import { AppidParam, FailsWith, Flag, Operation, Parts, Text } from '#api';
import { InvalidInput } from '#errors';
import type { AppReplies } from './app-replies.entity.js';
import { ReplyRules } from './reply-rules.js';
import { ReplyRulesRequest, TextsRequest, rulesAnswer, rulesOf } from './reply-shapes.js';

class OwnTextAnswer {
  @Text({ example: 'qr_login.prompt' }) name!: string;
  @Text('When it is said; what stands in braces is filled in', { example: 'To somebody who scanned a login code' })
  means!: string;
  @Text("What this app says: its own wording, or the gateway's", { example: '点击确认登录' }) text!: string;
  @Flag("Whether it is the app's own wording", { example: false }) edited!: boolean;
}

class OwnTextsAnswer {
  @Parts(OwnTextAnswer) texts!: OwnTextAnswer[];
}

@ApiTags('admin: replies')
@AdminOnly()
@Controller('admin/v1/apps/:appid')
export class ReplyRulesController {
  constructor(
    private readonly replyRules: ReplyRules,
    private readonly apps: Apps,
  ) {}

  @Get('reply-rules')
  @Operation('Show the reply rules of an app')
  @ApiOkResponse({ type: ReplyRulesRequest })
  @FailsWith(AppNotFound)
  async getReplyRules(@AppidParam() appid: string): Promise<ReplyRulesRequest> {
    await this.apps.get(appid);
    return rulesAnswer(await this.replyRules.of(appid));
  }

  @Put('reply-rules')
  @Operation(
    'Set the reply rules of an app',
    'Rules go by event or keyword. The body is the whole list, so that it can be kept in a file. Effective everywhere within a second.',
  )
  @ApiOkResponse({ type: ReplyRulesRequest })
  @FailsWith(AppNotFound, InvalidInput)
  async setReplyRules(
    @AppidParam() appid: string,
    @Body() order: ReplyRulesRequest,
    @By() by: Actor,
  ): Promise<ReplyRulesRequest> {
    return rulesAnswer(await this.replyRules.setRules(appid, rulesOf(order), by));
  }

  @Get('texts')
  @Operation("Show the gateway's texts to people, as the app words them")
  @ApiOkResponse({ type: OwnTextsAnswer })
  @FailsWith(AppNotFound)
  async getTexts(@AppidParam() appid: string): Promise<OwnTextsAnswer> {
    await this.apps.get(appid);
    return this.answer(await this.replyRules.of(appid));
  }

  @Put('texts')
  @Operation("Change the gateway's texts to people")
  @ApiOkResponse({ type: OwnTextsAnswer })
  @FailsWith(AppNotFound, InvalidInput)
  async setTexts(@AppidParam() appid: string, @Body() { texts }: TextsRequest, @By() by: Actor): Promise<OwnTextsAnswer> {
    const odd = Object.entries(texts).filter(([, text]) => typeof text !== 'string' || !/^[^\0]{1,600}$/s.test(text));
    if (odd.length > 0)
      throw new InvalidInput(odd.map(([name]) => ({ path: `texts.${name}`, message: 'must be a text of 1 to 600 characters' })));
    return this.answer(await this.replyRules.setTexts(appid, texts, by));
  }

  private answer(replies: AppReplies): OwnTextsAnswer {
    return {
      texts: [...this.replyRules.texts].map(([name, { means, otherwise }]) => ({
        name,
        means,
        text: replies.texts[name] ?? otherwise,
        edited: replies.texts[name] !== undefined,
      })),
    };
  }
}

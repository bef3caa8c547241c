import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { type Actor, AdminOnly, By } from '#access';
import { Accounts, AppNotFound } from '#account';
import { ApiAppid, AppidPipe, FailsWith } from '#api';
import { InvalidInput } from '#errors';
import type { AppVoice } from './app-voice.entity.js';
import { AppVoices } from './app-voices.js';
import { RulesOrder, TextsOrder, rulesAnswer, rulesOf } from './voice-shapes.js';

class OwnTextAnswer {
  @ApiProperty({ example: 'qr_login.prompt' })
  name!: string;

  @ApiProperty({
    description: 'When it is said; what stands in braces is filled in',
    example: 'To somebody who scanned a login code',
  })
  means!: string;

  @ApiProperty({ description: "What this app says: its own wording, or the gateway's", example: '点击确认登录' })
  text!: string;

  @ApiProperty({ description: "Whether it is the app's own wording", example: false })
  edited!: boolean;
}

class OwnTextsAnswer {
  @ApiProperty({ type: [OwnTextAnswer] })
  texts!: OwnTextAnswer[];
}

@ApiTags('admin: replies')
@AdminOnly()
@Controller('admin/v1/apps/:appid')
export class VoicesController {
  constructor(
    private readonly voices: AppVoices,
    private readonly accounts: Accounts,
  ) {}

  @Get('reply-rules')
  @ApiAppid()
  @ApiOperation({ operationId: 'getReplyRules', summary: 'What the app answers by itself' })
  @ApiOkResponse({ type: RulesOrder })
  @FailsWith(AppNotFound)
  async rules(@Param('appid', AppidPipe) appid: string): Promise<RulesOrder> {
    await this.accounts.get(appid);
    return rulesAnswer(await this.voices.of(appid));
  }

  @Put('reply-rules')
  @ApiAppid()
  @ApiOperation({
    operationId: 'setReplyRules',
    summary: 'Set what the app answers by itself',
    description:
      'By event or keyword; the whole list at once, so that it can be kept in a file. Effective everywhere within a second.',
  })
  @ApiOkResponse({ type: RulesOrder })
  @FailsWith(AppNotFound, InvalidInput)
  async setRules(@Param('appid', AppidPipe) appid: string, @Body() order: RulesOrder, @By() by: Actor): Promise<RulesOrder> {
    return rulesAnswer(await this.voices.setRules(appid, rulesOf(order), by));
  }

  @Get('texts')
  @ApiAppid()
  @ApiOperation({ operationId: 'getTexts', summary: 'What the gateway says to people in the name of the app' })
  @ApiOkResponse({ type: OwnTextsAnswer })
  @FailsWith(AppNotFound)
  async texts(@Param('appid', AppidPipe) appid: string): Promise<OwnTextsAnswer> {
    await this.accounts.get(appid);
    return this.answer(await this.voices.of(appid));
  }

  @Put('texts')
  @ApiAppid()
  @ApiOperation({ operationId: 'setTexts', summary: 'Word them otherwise' })
  @ApiOkResponse({ type: OwnTextsAnswer })
  @FailsWith(AppNotFound, InvalidInput)
  async setTexts(
    @Param('appid', AppidPipe) appid: string,
    @Body() { texts }: TextsOrder,
    @By() by: Actor,
  ): Promise<OwnTextsAnswer> {
    const odd = Object.entries(texts).filter(([, text]) => typeof text !== 'string' || !/^[^\0]{1,600}$/s.test(text));
    if (odd.length > 0)
      throw new InvalidInput(odd.map(([name]) => ({ path: `texts.${name}`, message: 'must be a text of 1 to 600 characters' })));
    return this.answer(await this.voices.setTexts(appid, texts, by));
  }

  private answer(voice: AppVoice): OwnTextsAnswer {
    return {
      texts: [...this.voices.texts].map(([name, { means, otherwise }]) => ({
        name,
        means,
        text: voice.texts[name] ?? otherwise,
        edited: voice.texts[name] !== undefined,
      })),
    };
  }
}

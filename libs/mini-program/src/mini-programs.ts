import { Injectable } from '@nestjs/common';
import { type App, Apps } from '#app';
import { UsedCodes } from '#one-time-code';
import { AccessTokens } from '#token';
import {
  type CodeKind,
  type LinkKind,
  type PhoneNumber,
  type WechatParameters,
  type WechatPicture,
  miniProgramCodes,
  miniProgramLinks,
  readPhoneNumber,
} from '#wechat';
import { NotAMiniProgram } from './mini-program-errors.js';

export function mustBeMiniProgram(app: App): void {
  if (app.nature !== 'mini_program') throw new NotAMiniProgram(app.nature);
}

/** Calls that a mini program's own token makes. */
@Injectable()
export class MiniPrograms {
  constructor(
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
    private readonly codes: UsedCodes,
  ) {}

  async phoneNumber(appid: string, code: string): Promise<PhoneNumber> {
    await this.check(appid);
    // A token that WeChat refuses does not use the code up, so the repeat with a fresh one is within one exchange.
    return this.codes.exchange(appid, code, () => this.tokens.call(readPhoneNumber, appid, code));
  }

  async code(appid: string, kind: CodeKind, parameters: WechatParameters): Promise<WechatPicture> {
    await this.check(appid);
    return this.tokens.call(miniProgramCodes[kind], appid, parameters);
  }

  async link(appid: string, kind: LinkKind, parameters: WechatParameters): Promise<string> {
    await this.check(appid);
    return this.tokens.call(miniProgramLinks[kind], appid, parameters);
  }

  private async check(appid: string): Promise<void> {
    mustBeMiniProgram(await this.apps.get(appid));
  }
}

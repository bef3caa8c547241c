import { WechatGarbled } from './wechat-errors.js';

/** A successful answer of WeChat, read once at the edge: whoever has a value from here need not check it again. */
export class WechatAnswer {
  constructor(
    private readonly api: string,
    private readonly members: Readonly<Record<string, unknown>>,
  ) {}

  text(name: string): string {
    const value = this.members[name];
    if (typeof value !== 'string' || value === '') throw new WechatGarbled(this.api, `no ${name}`);
    return value;
  }

  /** A positive whole number; WeChat writes some of them as text. */
  positive(name: string): number {
    const value = Number(this.members[name]);
    if (!Number.isSafeInteger(value) || value <= 0) throw new WechatGarbled(this.api, `no usable ${name}`);
    return value;
  }
}

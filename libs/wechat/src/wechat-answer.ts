import { WechatGarbled } from './wechat-errors.js';

const daySeconds = 86_400;

export interface FreshToken {
  readonly value: string;
  readonly lifetimeSeconds: number;
}

/** A successful answer of WeChat, read once at the edge: whoever has a value from here need not check it again. */
export class WechatAnswer {
  constructor(
    private readonly api: string,
    private readonly members: Readonly<Record<string, unknown>>,
  ) {}

  /** Why it cannot be used. */
  garbled(why: string): WechatGarbled {
    return new WechatGarbled(this.api, why);
  }

  text(name: string): string {
    const value = this.members[name];
    if (typeof value !== 'string' || value === '') throw this.garbled(`no ${name}`);
    return storable(value);
  }

  /** Seconds that something lives; WeChat writes some of them as text. Nothing it issues by the second lives longer than a day. */
  lifetime(name: string): number {
    const seconds = Number(this.members[name]);
    if (!Number.isSafeInteger(seconds) || seconds <= 0 || seconds > daySeconds) throw this.garbled(`no usable ${name}`);
    return seconds;
  }

  /** What WeChat issues, with how long it lives. */
  token(name: string): FreshToken {
    return { value: this.text(name), lifetimeSeconds: this.lifetime('expires_in') };
  }

  /** WeChat leaves out, or leaves empty, what there is none of. */
  optionalText(name: string): string | null {
    const value = this.members[name];
    return typeof value === 'string' && value !== '' ? storable(value) : null;
  }

  /** A whole number of any length, as text. Null where there is none. */
  digits(name: string): string | null {
    const value = this.members[name];
    const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
    return /^\d{1,40}$/.test(text) ? text : null;
  }

  /** A whole number, written as one or as text; 0 where it is missing. */
  number(name: string): number {
    const value = Number(this.members[name] ?? 0);
    if (!Number.isSafeInteger(value)) throw this.garbled(`no usable ${name}`);
    return value;
  }

  /** Seconds since 1970, in this century or the next. */
  moment(name: string): Date {
    const seconds = this.number(name);
    if (seconds < 0 || seconds > 6_000_000_000) throw this.garbled(`no usable ${name}`);
    return new Date(seconds * 1_000);
  }

  texts(name: string): string[] {
    return this.list(name)
      .filter((one) => typeof one === 'string')
      .map(storable);
  }

  numbers(name: string): number[] {
    return this.list(name).filter((one) => typeof one === 'number');
  }

  object(name: string): WechatAnswer | null {
    const value = this.members[name];
    return isObject(value) ? new WechatAnswer(this.api, value) : null;
  }

  /** One that must be there. */
  member(name: string): WechatAnswer {
    const found = this.object(name);
    if (!found) throw this.garbled(`no ${name}`);
    return found;
  }

  has(name: string): boolean {
    return this.members[name] !== undefined && this.members[name] !== null;
  }

  objects(name: string): WechatAnswer[] {
    return this.list(name)
      .filter(isObject)
      .map((one) => new WechatAnswer(this.api, one));
  }

  /** An object of WeChat's that is passed on as it is. */
  whole(name: string): Readonly<Record<string, unknown>> | null {
    const value = this.members[name];
    return isObject(value) ? (JSON.parse(storable(JSON.stringify(value))) as Record<string, unknown>) : null;
  }

  private list(name: string): unknown[] {
    const value = this.members[name];
    return Array.isArray(value) ? value : [];
  }
}

/** Names that people choose may hold what no database column takes: U+0000 and halves of surrogate pairs. */
export const storable = (text: string): string => Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

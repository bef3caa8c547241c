import { type PushFields, type PushValue, isFields } from './push-fields.js';

export class FieldMissing extends Error {}

/** Reads fields into types that cannot be half-filled. WeChat may write a number as text, or a list of one as the item. */
export class PushReader {
  constructor(private readonly fields: PushFields) {}

  text(name: string): string {
    const value = this.optional(name);
    if (value === null) throw new FieldMissing(name);
    return value;
  }

  /** Present, and possibly empty. */
  textOrEmpty(name: string): string {
    return this.optional(name) ?? '';
  }

  optional(name: string): string | null {
    const value = this.fields[name];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value : null;
  }

  number(name: string): number {
    const value = Number(this.text(name));
    if (!Number.isFinite(value)) throw new FieldMissing(name);
    return value;
  }

  moment(name = 'CreateTime'): Date | null {
    const seconds = Number(this.optional(name) ?? Number.NaN);
    return Number.isSafeInteger(seconds) && seconds > 0 && seconds < 10_000_000_000 ? new Date(seconds * 1_000) : null;
  }

  /** The sender and the time, which every push of a person has. */
  person(): { openid: string; at: Date } {
    const at = this.moment();
    if (!at) throw new FieldMissing('CreateTime');
    return { openid: this.text('FromUserName'), at };
  }

  object(name: string): PushReader {
    const value = this.fields[name];
    if (!isFields(value)) throw new FieldMissing(name);
    return new PushReader(value);
  }

  /** A list, a list inside another element, or the single item of a list of one. */
  items(name: string, inner: string): PushReader[] {
    const value = this.fields[name];
    const held = isFields(value) && value[inner] !== undefined ? value[inner] : value;
    const list: PushValue[] = Array.isArray(held) ? held : held === undefined || held === '' ? [] : [held];
    return list.filter(isFields).map((one) => new PushReader(one));
  }
}

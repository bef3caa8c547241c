import { type EventPush, eventReaders } from './event-reading.js';
import { type MessagePush, messageReaders } from './message-reading.js';
import type { PushFields } from './push-fields.js';
import { FieldMissing, PushReader } from './push-field-reader.js';

/** A push of an unknown kind, or with a field that differs from the documents. Everything is in the fields. */
export interface UnknownPush {
  readonly kind: 'unknown';
  readonly openid: string | null;
  readonly at: Date | null;
}

/** A push as the rooms above read it. */
export type WechatPush = MessagePush | EventPush | UnknownPush;

export function pushOf(type: string, fields: PushFields | null): WechatPush {
  if (!fields) return { kind: 'unknown', openid: null, at: null };
  const reader = new PushReader(fields);
  const read = (type.startsWith('message.') ? messageReaders : eventReaders).get(type.slice(type.indexOf('.') + 1));
  try {
    if (read) return read(reader);
  } catch (error) {
    if (!(error instanceof FieldMissing)) throw error;
  }
  return { kind: 'unknown', openid: reader.optional('FromUserName'), at: reader.moment() };
}

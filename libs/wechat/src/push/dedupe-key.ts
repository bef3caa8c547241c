import { createHash } from 'node:crypto';
import type { PushValue } from './push-fields.js';
import type { ReceivedPush } from './push-reader.js';

/**
 * Equal for every attempt at one push, whatever its stamps and ciphers. Messages have an id. Two events may share sender,
 * second and name, so their other fields count too.
 */
export function dedupeKeyOf({ fields, plain }: ReceivedPush): string {
  if (!fields) return `raw ${hash(plain)}`;
  const { FromUserName, CreateTime, Event, MsgId, ...rest } = fields;
  if (typeof MsgId === 'string' || typeof MsgId === 'number') return `message ${hash(String(MsgId))}`;
  return `event ${hash(canonical([FromUserName ?? null, CreateTime ?? null, Event ?? null, rest]))}`;
}

const hash = (what: string | Buffer): string => createHash('sha256').update(what).digest('base64url');

function canonical(value: PushValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}

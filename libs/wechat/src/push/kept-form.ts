import { codeTest } from '../release-tests.js';
import type { PushFields } from './push-fields.js';
import type { ReceivedPush } from './push-reader.js';

/** Fields that work like passwords for whoever reads them. */
const secretFields = new Set(['ComponentVerifyTicket', 'AuthorizationCode', 'PreAuthCode']);

/** The part of a push that the event table keeps: everything except a secret. */
export function keptForm({ fields, plain }: ReceivedPush): { data: string | null; raw: Buffer | null } {
  if (!fields) return { data: null, raw: plain };
  const secrets = Object.keys(fields).filter((name) => secretFields.has(name));
  if (typeof fields.Content === 'string' && fields.Content.startsWith(codeTest))
    return { data: JSON.stringify({ ...fields, Content: codeTest }), raw: null };
  if (secrets.length === 0) return { data: JSON.stringify(fields), raw: plain };
  const shown: PushFields = Object.fromEntries(Object.entries(fields).filter(([name]) => !secretFields.has(name)));
  return { data: JSON.stringify(shown), raw: null };
}

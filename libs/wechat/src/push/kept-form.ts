import { codeTest } from '../release-tests.js';
import type { PushFields } from './push-fields.js';
import type { ReceivedPush } from './push-reader.js';

/** Fields that are as good as a password to whoever reads them. */
const secretFields = new Set(['ComponentVerifyTicket', 'AuthorizationCode', 'PreAuthCode']);

/** What the event table holds of a push: of one that carries a secret, everything but that. */
export function keptForm({ fields, plain }: ReceivedPush): { data: string | null; raw: Buffer | null } {
  if (!fields) return { data: null, raw: plain };
  const secrets = Object.keys(fields).filter((name) => secretFields.has(name));
  if (typeof fields.Content === 'string' && fields.Content.startsWith(codeTest))
    return { data: JSON.stringify({ ...fields, Content: codeTest }), raw: null };
  if (secrets.length === 0) return { data: JSON.stringify(fields), raw: plain };
  const shown: PushFields = Object.fromEntries(Object.entries(fields).filter(([name]) => !secretFields.has(name)));
  return { data: JSON.stringify(shown), raw: null };
}

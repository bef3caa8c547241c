import type { PushFields, ReceivedPush } from '#wechat';

/** Fields that are as good as a password to whoever reads them. */
const secretFields = new Set(['ComponentVerifyTicket', 'AuthorizationCode', 'PreAuthCode']);

/** With this, WeChat's tests of a platform say a code in a message. */
const testCode = 'QUERY_AUTH_CODE:';

/** What the event table holds of a push: of one that carries a secret, everything but that. */
export function keptForm({ fields, plain }: ReceivedPush): { data: string | null; raw: Buffer | null } {
  if (!fields) return { data: null, raw: plain };
  const secrets = Object.keys(fields).filter((name) => secretFields.has(name));
  if (typeof fields.Content === 'string' && fields.Content.startsWith(testCode))
    return { data: JSON.stringify({ ...fields, Content: testCode }), raw: null };
  if (secrets.length === 0) return { data: JSON.stringify(fields), raw: plain };
  const shown: PushFields = Object.fromEntries(Object.entries(fields).filter(([name]) => !secretFields.has(name)));
  return { data: JSON.stringify(shown), raw: null };
}

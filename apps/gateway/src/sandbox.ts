import { ApiKeys, scopeNames } from '#access';
import type { Settings } from '#settings';
import type { Gateway } from './gateway.js';
import { keepSandbox, readSandbox } from './local-credentials.js';

/** Everything a newcomer needs to try the gateway, printed once it is ready. */
export async function startSandbox(gateway: Gateway, settings: Settings, url: string): Promise<{ stop(): Promise<void> }> {
  const apiKey = await demoKey(gateway, settings);
  console.log(welcome({ url, adminToken: settings.adminToken ?? '', apiKey }));
  return { stop: async () => {} };
}

/** The same key at every start, unless the database it lives in is a new one. */
async function demoKey(gateway: Gateway, settings: Settings): Promise<string> {
  const keys = gateway.app.get(ApiKeys);
  const kept = readSandbox(settings);
  if (kept.api_key !== undefined && (await isGood(keys, kept.api_key))) return kept.api_key;
  const terms = { name: 'sandbox demo', appids: ['*'], scopes: [...scopeNames], rateLimit: null, expiresAt: null };
  const { text } = await keys.create(terms, { name: 'sandbox', address: '127.0.0.1', requestId: 'sandbox' });
  keepSandbox(settings, { ...kept, api_key: text });
  return text;
}

const isGood = (keys: ApiKeys, text: string): Promise<boolean> =>
  keys.recognise(text).then(
    () => true,
    () => false,
  );

const welcome = ({ url, adminToken, apiKey }: { url: string; adminToken: string; apiKey: string }): string => `
  WeChat gateway   ${url}
  API description  ${url}/docs
  Admin token      ${adminToken}
  Demo API key     ${apiKey}

  Try it:

  curl -H 'Authorization: Bearer ${apiKey}' ${url}/v1/key
  curl -H 'Authorization: Bearer ${adminToken}' ${url}/admin/v1/apps
`;

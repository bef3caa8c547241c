import { type Actor, ApiKeys, offeredScopes } from '#access';
import { Apps, type CallbackMode, CallbackSecrets, type RegistrableKind } from '#app';
import type { Settings } from '#settings';
import { DataSource } from 'typeorm';
import type { Gateway } from './gateway.js';
import { keepSandbox, readSandbox } from './local-credentials.js';
import { startSimulatorProcess } from './simulator-process.js';

interface DemoApp {
  readonly appid: string;
  readonly kind: RegistrableKind;
  readonly name: string;
  readonly secret: string;
  /** Empty for a website. */
  readonly original_id: string;
  readonly callback: { readonly token: string; readonly encoding_aes_key: string; readonly mode: CallbackMode };
}

const sandbox: Actor = { name: 'sandbox', address: '127.0.0.1', requestId: 'sandbox' };

/** Starts the simulator, registers its apps, and prints everything that a newcomer needs. */
export async function startSandbox(gateway: Gateway, settings: Settings, url: string): Promise<{ stop(): Promise<unknown> }> {
  const simulator = await startSimulatorProcess(settings.simulatorPort);
  const apps = (await (await fetch(`${simulator.url}/_sim/apps`)).json()) as DemoApp[];
  await forgetTokens(gateway);
  for (const app of apps) await register(gateway, app);
  await Promise.all(
    apps.filter(hasCallback).map((app) => callBack(gateway, simulator.url, app, `${url}/callbacks/${app.appid}`)),
  );
  const apiKey = await demoKey(gateway, settings);
  console.log(welcome({ url, simulator: simulator.url, adminToken: settings.adminToken ?? '', apiKey, apps }));
  return simulator;
}

/** The simulator forgets everything at its end, so no token from before is alive, and no account has authorised. */
async function forgetTokens(gateway: Gateway): Promise<void> {
  const database = gateway.app.get(DataSource);
  await database.query('DELETE FROM credential');
  await database.query('UPDATE platform SET sealed_ticket = NULL, ticket_at = NULL, kept_at = NULL');
  await database.query('UPDATE platform_authorization SET stands = false, sealed_refresh_token = NULL, lost_at = NULL');
}

/** Registers only missing apps, because a newcomer may have changed one to see what happens. */
async function register(gateway: Gateway, app: DemoApp): Promise<void> {
  const apps = gateway.app.get(Apps);
  const known = await apps.get(app.appid).then(
    () => true,
    () => false,
  );
  if (known) return;
  const { token, encoding_aes_key: encodingAesKey, mode } = app.callback;
  const common = { tokenMode: 'stable', enabled: true, forwardProxy: null, jsapiUrlPrefixes: ['http://127.0.0.1/'] } as const;
  const callback = app.kind === 'website' ? null : { token, encodingAesKey, mode };
  const wanted = {
    ...common,
    jsapiUrlPrefixes: [...common.jsapiUrlPrefixes],
    kind: app.kind,
    name: app.name,
    originalId: app.original_id,
  };
  await apps.register(app.appid, { ...wanted, secret: app.secret, callback }, sandbox);
}

const hasCallback = ({ kind }: DemoApp): boolean => kind !== 'website';

/**
 * Does what an operator does in WeChat's console: the simulator tests the address and then pushes there. It forgets everything
 * at its end, so it gets the token and key that the gateway has, whether from an older release or a newcomer.
 */
async function callBack(gateway: Gateway, simulator: string, { appid, callback }: DemoApp, url: string): Promise<void> {
  const kept = await gateway.app.get(CallbackSecrets).of(await gateway.app.get(Apps).get(appid));
  const { token, encodingAesKey } = kept[0] ?? { token: callback.token, encodingAesKey: null };
  const answer = await fetch(`${simulator}/_sim/apps/${appid}/callback`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url, mode: callback.mode, token, encoding_aes_key: encodingAesKey ?? undefined }),
  });
  // A newcomer who removed the callback sees it in the simulator. The start goes on.
  if (!answer.ok) console.warn(`The simulator does not accept ${url}: ${await answer.text()}`);
}

/** The same key at every start, unless its database is new. */
async function demoKey(gateway: Gateway, settings: Settings): Promise<string> {
  const keys = gateway.app.get(ApiKeys);
  const kept = readSandbox(settings);
  if (kept.api_key !== undefined && (await isGood(keys, kept.api_key))) return kept.api_key;
  const terms = {
    name: 'sandbox demo',
    appids: ['*'],
    scopes: [...offeredScopes],
    origins: ['http://127.0.0.1:36014'],
    allowedAddresses: [],
    rateLimit: null,
    expiresAt: null,
  };
  const { text } = await keys.create(terms, sandbox);
  keepSandbox(settings, { ...kept, api_key: text });
  return text;
}

const isGood = (keys: ApiKeys, text: string): Promise<boolean> =>
  keys.recognise(text, '127.0.0.1').then(
    () => true,
    () => false,
  );

interface Welcome {
  readonly url: string;
  readonly simulator: string;
  readonly adminToken: string;
  readonly apiKey: string;
  readonly apps: readonly DemoApp[];
}

const welcome = ({ url, simulator, adminToken, apiKey, apps }: Welcome): string => `
  WeChat gateway    ${url}
  API description   ${url}/docs
  WeChat simulator  ${simulator}
  Demo site         npm run demo

  Admin token       ${adminToken}
  Demo API key      ${apiKey}

  Demo apps
${apps.map((app) => `    ${app.appid}  ${app.kind.padEnd(16)}  ${app.name}`).join('\n')}

  Try it:

  curl -H 'Authorization: Bearer ${apiKey}' ${url}/v1/key
  curl -H 'Authorization: Bearer ${adminToken}' ${url}/admin/v1/apps
`;

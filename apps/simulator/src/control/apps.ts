import { type App, type AppKind, type Callback } from '../apps.js';
import { verifyCallback } from '../callback-verification.js';
import { demoApp, nextNumber } from '../demo-world.js';
import { type World } from '../world.js';
import { ControlError, flag, object, route, text } from './control-route.js';
import { appNamed } from './lookup.js';

const appView = (app: App) => ({
  appid: app.appid,
  kind: app.kind,
  name: app.name,
  original_id: app.originalId,
  secret: app.secret,
  secret_is_frozen: app.secretIsFrozen,
  account_is_frozen: app.authorizerIsFrozen,
  verified: app.verified,
  sandbox: app.sandbox,
  open_platform: app.openPlatform,
  ip_allow_list: app.ipAllowList,
  oauth_domains: app.oauthDomains,
  released_pages: app.releasedPages,
  callback: {
    url: app.callback.url,
    token: app.callback.token,
    encoding_aes_key: app.callback.aesKey,
    mode: app.callback.mode,
    format: app.callback.format,
  },
});

const tokensShown = 100;

const tokensOf = (world: World, app: App) =>
  world.tokens
    .list(app.appid)
    .slice(-tokensShown)
    .map((token) => ({
      value: token.value,
      line: token.line,
      issued_at: token.issuedAt,
      expires_at: token.expiresAt,
      dies_at: token.diesAt ?? null,
      alive: world.tokens.isAlive(token),
    }));

interface AppChange {
  name?: string;
  secret?: string;
  secret_is_frozen?: boolean;
  account_is_frozen?: boolean;
  verified?: boolean;
  sandbox?: boolean;
  ip_allow_list?: string[];
  oauth_domains?: string[];
  released_pages?: string[];
}

const changeable = {
  name: text(100),
  secret: { type: 'string', pattern: '^[0-9a-f]{32}$' },
  secret_is_frozen: flag,
  account_is_frozen: flag,
  verified: flag,
  sandbox: flag,
  ip_allow_list: { type: 'array', items: text(100) },
  oauth_domains: { type: 'array', items: text(300) },
  released_pages: { type: 'array', items: text(1024) },
};

interface CallbackChange {
  url?: string | null;
  token?: string;
  encoding_aes_key?: string;
  mode?: Callback['mode'];
  format?: Callback['format'];
  verify?: boolean;
}

export const appRoutes = [
  route({
    method: 'GET',
    path: '/_sim/apps',
    tag: 'apps',
    summary: 'All apps with everything an integrator must know of them, secrets included.',
    handle: ({ world }) => [...world.apps.values()].map(appView),
  }),
  route({
    method: 'POST',
    path: '/_sim/apps',
    tag: 'apps',
    summary: 'Make another app. Secret, original id and keys are made up.',
    body: object(
      {
        appid: { type: 'string', pattern: '^wx[0-9a-f]{16}$' },
        kind: { enum: ['official_account', 'mini_program', 'website'] },
        ...changeable,
      },
      ['appid', 'kind'],
    ),
    handle({ world }, body: AppChange & { appid: string; kind: AppKind }) {
      if (world.apps.has(body.appid)) throw new ControlError(409, 'app_exists', `${body.appid} is there already`);
      const app = demoApp({ appid: body.appid, kind: body.kind, number: nextNumber(world), name: body.name ?? body.appid });
      world.apps.set(app.appid, app);
      change(app, body);
      return appView(app);
    },
  }),
  route({
    method: 'GET',
    path: '/_sim/apps/{appid}',
    tag: 'apps',
    summary: 'One app, with its last hundred base tokens, alive and dead.',
    handle(call) {
      const app = appNamed(call, call.params['appid']);
      return { ...appView(app), tokens: tokensOf(call.world, app) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/_sim/apps/{appid}',
    tag: 'apps',
    summary: 'Change an app as its operator could: reset or freeze the secret, list addresses, set the OAuth domain.',
    body: object(changeable),
    handle(call, body: AppChange) {
      const app = appNamed(call, call.params['appid']);
      change(app, body);
      return appView(app);
    },
  }),
  route({
    method: 'PUT',
    path: '/_sim/apps/{appid}/callback',
    tag: 'apps',
    summary: 'Configure the callback. WeChat asks the URL to prove itself first, unless verify is false.',
    body: object({
      url: { type: ['string', 'null'], maxLength: 2000 },
      token: { type: 'string', pattern: '^[A-Za-z0-9]{3,32}$' },
      encoding_aes_key: { type: 'string', pattern: '^[A-Za-z0-9]{43}$' },
      mode: { enum: ['plain', 'compatible', 'safe'] },
      format: { enum: ['xml', 'json'] },
      verify: flag,
    }),
    async handle(call, body: CallbackChange) {
      const app = appNamed(call, call.params['appid']);
      const { encoding_aes_key: aesKey = app.callback.aesKey, verify = true, ...rest } = body;
      const wanted: Callback = { ...app.callback, ...rest, aesKey };
      if (app.kind === 'website') throw new ControlError(422, 'no_callback', 'A website app gets no pushes');
      if (app.kind === 'official_account' && wanted.format === 'json') {
        throw new ControlError(422, 'xml_only', 'An official account gets XML only');
      }
      if (wanted.url !== null && !(/^https?:/.test(wanted.url) && URL.canParse(wanted.url))) {
        throw new ControlError(422, 'bad_url', 'This is not a URL of http or https');
      }
      const problem = verify ? await verifyCallback(call.world, wanted) : null;
      if (problem !== null) throw new ControlError(422, 'verification_failed', problem);
      app.callback = wanted;
      return appView(app);
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/apps/{appid}/kill-tokens',
    tag: 'apps',
    summary: 'Another party with the same secret: every living token of the line is dead at once.',
    body: object({ line: { enum: ['classic', 'stable'] } }, ['line']),
    handle(call, body: { line: 'classic' | 'stable' }) {
      const app = appNamed(call, call.params['appid']);
      return { killed: call.world.tokens.kill(app.appid, body.line) };
    },
  }),
  route({
    method: 'PUT',
    path: '/_sim/apps/{appid}/quota',
    tag: 'apps',
    summary: 'Another limit for one path of one app.',
    body: object({ path: text(200), daily: { type: 'integer', minimum: 0 }, per_minute: { type: 'integer', minimum: 0 } }, [
      'path',
    ]),
    handle(call, body: { path: string; daily?: number; per_minute?: number }) {
      const app = appNamed(call, call.params['appid']);
      const limits = {
        ...(body.daily === undefined ? {} : { daily: body.daily }),
        ...(body.per_minute === undefined ? {} : { perMinute: body.per_minute }),
      };
      call.world.quota.override(app.appid, body.path, limits);
      return { path: body.path, ...limits };
    },
  }),
];

function change(app: App, wanted: AppChange): void {
  app.name = wanted.name ?? app.name;
  app.secret = wanted.secret ?? app.secret;
  app.secretIsFrozen = wanted.secret_is_frozen ?? app.secretIsFrozen;
  app.authorizerIsFrozen = wanted.account_is_frozen ?? app.authorizerIsFrozen;
  app.verified = wanted.verified ?? app.verified;
  app.sandbox = wanted.sandbox ?? app.sandbox;
  app.ipAllowList = wanted.ip_allow_list ?? app.ipAllowList;
  app.oauthDomains = wanted.oauth_domains ?? app.oauthDomains;
  app.releasedPages = wanted.released_pages ?? app.releasedPages;
}

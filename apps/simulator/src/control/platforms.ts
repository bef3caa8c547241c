import { demoPlatform } from '../demo-world.js';
import { type OverlappingTokens } from '../overlapping-tokens.js';
import { type Platform } from '../platforms.js';
import { releaseTestNames, type ReleaseTest, runReleaseTests } from '../release-tests.js';
import { ControlError, flag, object, route, text } from './control-route.js';
import { platformNamed, pushView, settled } from './lookup.js';

const platformView = (platform: Platform) => ({
  appid: platform.appid,
  name: platform.name,
  secret: platform.secret,
  secret_is_frozen: platform.secretIsFrozen,
  is_frozen: platform.isFrozen,
  ip_allow_list: platform.ipAllowList,
  event_url: platform.eventUrl,
  message_url: platform.messageUrl,
  token: platform.token,
  encoding_aes_key: platform.aesKey,
  domain: platform.domain,
  permission_sets: platform.permissionSets,
  pushes_tickets: platform.pushesTickets,
});

interface PlatformChange {
  name?: string;
  secret?: string;
  secret_is_frozen?: boolean;
  is_frozen?: boolean;
  ip_allow_list?: string[];
  event_url?: string | null;
  message_url?: string | null;
  token?: string;
  encoding_aes_key?: string;
  domain?: string;
  permission_sets?: number[];
  pushes_tickets?: boolean;
}

const changeable = {
  name: text(100),
  secret: { type: 'string', pattern: '^[0-9a-f]{32}$' },
  secret_is_frozen: flag,
  is_frozen: flag,
  ip_allow_list: { type: 'array', items: text(100) },
  event_url: { type: ['string', 'null'], maxLength: 2000 },
  message_url: { type: ['string', 'null'], maxLength: 2000 },
  token: { type: 'string', pattern: '^[A-Za-z0-9]{3,32}$' },
  encoding_aes_key: { type: 'string', pattern: '^[A-Za-z0-9]{43}$' },
  domain: text(300),
  permission_sets: { type: 'array', items: { type: 'integer', minimum: 1, maximum: 9999 } },
  pushes_tickets: flag,
};

export const platformRoutes = [
  route({
    method: 'GET',
    path: '/_sim/platforms',
    tag: 'platforms',
    summary: 'All third-party platforms with everything that must be known of them, secrets included.',
    handle: ({ world }) => [...world.platforms.values()].map(platformView),
  }),
  route({
    method: 'POST',
    path: '/_sim/platforms',
    tag: 'platforms',
    summary: 'Make another third-party platform. Secret and keys are made up.',
    body: object({ appid: { type: 'string', pattern: '^wx[0-9a-f]{16}$' }, ...changeable }, ['appid']),
    handle({ world }, body: PlatformChange & { appid: string }) {
      if (world.platforms.has(body.appid) || world.apps.has(body.appid)) {
        throw new ControlError(409, 'app_exists', `${body.appid} is there already`);
      }
      const number = world.platforms.size + 4;
      const platform = demoPlatform({ appid: body.appid, number, name: body.appid });
      change(platform, body);
      world.platforms.set(platform.appid, platform);
      world.componentTickets.pushDue();
      return platformView(platform);
    },
  }),
  route({
    method: 'GET',
    path: '/_sim/platforms/{platform}',
    tag: 'platforms',
    summary: 'One platform, with its last hundred tokens, alive and dead.',
    handle(call) {
      const platform = platformNamed(call);
      const { componentTokens } = call.world;
      return { ...platformView(platform), tokens: tokenViews(componentTokens, (holder) => holder === platform) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/_sim/platforms/{platform}',
    tag: 'platforms',
    summary: 'Change a platform as its operator or WeChat could. With an event_url, tickets begin to come.',
    body: object(changeable),
    handle(call, body: PlatformChange) {
      const platform = platformNamed(call);
      change(platform, body);
      call.world.componentTickets.pushDue();
      return platformView(platform);
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/platforms/{platform}/push-ticket',
    tag: 'platforms',
    summary: 'Push a new component_verify_ticket now, whatever the clock says.',
    body: object({ wait: flag }),
    bodyIsOptional: true,
    handle: (call, body: { wait?: boolean } | undefined | null) =>
      settled(call.world.componentTickets.push(platformNamed(call)), body ?? {}),
  }),
  route({
    method: 'PUT',
    path: '/_sim/platforms/{platform}/quota',
    tag: 'platforms',
    summary: 'Another limit for one path of the platform.',
    body: object({ path: text(200), daily: { type: 'integer', minimum: 0 } }, ['path', 'daily']),
    handle(call, body: { path: string; daily: number }) {
      call.world.quota.override(platformNamed(call).appid, body.path, { daily: body.daily });
      return body;
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/platforms/{platform}/kill-tokens',
    tag: 'platforms',
    summary:
      'Another party with the same secret: every living token of the platform, or that of one authorizer, is dead at once.',
    body: object({ authorizer: text(18) }),
    bodyIsOptional: true,
    handle(call, body: { authorizer?: string } | undefined | null) {
      const platform = platformNamed(call);
      const { authorizations, componentTokens } = call.world;
      const appid = body?.authorizer;
      if (appid === undefined) return { killed: componentTokens.kill((holder) => holder === platform) };
      return { killed: authorizations.tokens.kill((holder) => holder.platform === platform && holder.app.appid === appid) };
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/platforms/{platform}/release-tests',
    tag: 'platforms',
    summary:
      'What WeChat tries before a release to the whole network: messages to accounts of its own, and a verdict for each. "pair" (1 to 5) is drawn if not given; "event" is of older versions.',
    body: object({
      pair: { type: 'integer', minimum: 1, maximum: 5 },
      tests: { type: 'array', items: { enum: releaseTestNames } },
      patience_ms: { type: 'integer', minimum: 0, maximum: 60_000 },
    }),
    bodyIsOptional: true,
    async handle(call, body: { pair?: number; tests?: ReleaseTest[]; patience_ms?: number } | undefined | null) {
      const { pair, tests = releaseTestNames, patience_ms: patienceMs = 10_000 } = body ?? {};
      const steps = await runReleaseTests(call.world, platformNamed(call), { pair, tests, patienceMs });
      return {
        passed: steps.every(({ problem }) => problem === null),
        steps: steps.map((step) => ({ ...step, passed: step.problem === null, push: pushView(step.push) })),
      };
    },
  }),
];

const tokensShown = 100;

function tokenViews<Holder>(tokens: OverlappingTokens<Holder>, isWanted: (holder: Holder) => boolean): object[] {
  return tokens
    .list(isWanted)
    .slice(-tokensShown)
    .map((token) => ({
      value: token.value,
      expires_at: token.expiresAt,
      dies_at: token.diesAt ?? null,
      alive: tokens.isAlive(token),
    }));
}

function change(platform: Platform, wanted: PlatformChange): void {
  for (const url of [wanted.event_url, wanted.message_url]) {
    if (url && !(/^https?:/.test(url) && URL.canParse(url))) {
      throw new ControlError(422, 'bad_url', 'This is not a URL of http or https');
    }
  }
  platform.name = wanted.name ?? platform.name;
  platform.secret = wanted.secret ?? platform.secret;
  platform.secretIsFrozen = wanted.secret_is_frozen ?? platform.secretIsFrozen;
  platform.isFrozen = wanted.is_frozen ?? platform.isFrozen;
  platform.ipAllowList = wanted.ip_allow_list ?? platform.ipAllowList;
  if (wanted.event_url !== undefined) platform.eventUrl = wanted.event_url;
  if (wanted.message_url !== undefined) platform.messageUrl = wanted.message_url;
  platform.token = wanted.token ?? platform.token;
  platform.aesKey = wanted.encoding_aes_key ?? platform.aesKey;
  platform.domain = wanted.domain ?? platform.domain;
  platform.permissionSets = wanted.permission_sets ?? platform.permissionSets;
  platform.pushesTickets = wanted.pushes_tickets ?? platform.pushesTickets;
}

import { demoPlatform, nextNumber } from '../demo-world.js';
import { type OverlappingTokens } from '../overlapping-tokens.js';
import { type Platform } from '../platforms.js';
import { ControlError, flag, object, route, text } from './control-route.js';
import { platformNamed } from './lookup.js';

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
      const platform = demoPlatform({ appid: body.appid, number: nextNumber(world), name: body.appid });
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

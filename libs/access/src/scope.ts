/** What a key may open. Each route names the one it needs; none implies another. */
export const scopes = {
  'token:read': 'Reading access tokens, and reporting dead ones: the most dangerous thing the gateway hands out',
  jssdk: 'Signatures for the JS-SDK',
  oauth: 'Web authorisation',
  'users:read': 'Users',
  qr: 'QR codes with a parameter',
  login: 'QR logins',
  'messages:send': 'Messages and their fate, templates',
  menu: 'Menus',
  mini_program: 'Mini-program calls',
  'events:read': 'Events and the live stream',
  webhooks: 'Webhooks and replays; needs `events:read` as well, and `messages:send` for webhooks that answer',
  platform: 'The third-party platform',
  proxy: 'Any WeChat API through the proxy',
  quota: 'The view of quotas',
} as const;

export type Scope = keyof typeof scopes;

export const scopeNames = Object.keys(scopes) as Scope[];

/** No route needs these yet. Keys that have one keep it; no other key gets it. */
const toCome: readonly Scope[] = ['proxy'];

export const offeredScopes = scopeNames.filter((name) => !toCome.includes(name));

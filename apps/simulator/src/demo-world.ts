import { type App, type AppKind } from './apps.js';
import { type Platform } from './platforms.js';
import { type Person } from './people.js';

/** Of the right shape and plainly made up: no account of anyone has these. */
export function demoApps(): App[] {
  return [
    demoApp({ appid: 'wx3cc8fd6963e31a32', kind: 'official_account', number: 1, name: '示例服务号' }),
    demoApp({ appid: 'wxdec0de0000000002', kind: 'mini_program', number: 2, name: '示例小程序' }),
    demoApp({ appid: 'wxdec0de0000000003', kind: 'website', number: 3, name: '示例网站' }),
  ];
}

export function demoApp(wanted: { appid: string; kind: AppKind; number: number; name: string }): App {
  const digits = String(wanted.number).padStart(2, '0');
  return {
    appid: wanted.appid,
    kind: wanted.kind,
    name: wanted.name,
    originalId: wanted.kind === 'website' ? '' : `gh_decade${digits.padStart(6, '0')}`,
    openPlatform: 'demo',
    secret: 'decade00'.repeat(3) + digits.padStart(8, '0'),
    secretIsFrozen: false,
    authorizerIsFrozen: false,
    verified: true,
    sandbox: false,
    ipAllowList: [],
    // The last is a site that an older address of ours leads to: its link works here as it stands.
    oauthDomains: ['127.0.0.1', 'localhost', '[::1]', 'blog.xyecho.com'],
    releasedPages: wanted.kind === 'mini_program' ? ['pages/index/index', 'pages/shop/shop'] : [],
    callback: {
      url: null,
      token: `SimulatorToken${digits}`,
      aesKey: demoAesKey(digits),
      mode: wanted.kind === 'official_account' ? 'safe' : 'plain',
      format: 'xml',
    },
  };
}

/** Apps and platforms are counted together, so that no two have the same secret, token and AES key. */
export const nextNumber = (world: { apps: { size: number }; platforms: { size: number } }): number =>
  world.apps.size + world.platforms.size + 1;

/** The number stands in the middle: of the 43rd character two bits are not part of the key, so two ends can be one key. */
const demoAesKey = (digits: string): string => `SimulatorOnlyNotARealKey${digits}SimulatorOnlyNotA`.slice(0, 43);

export function demoPlatforms(): Platform[] {
  return [demoPlatform({ appid: 'wxdec0de0000000004', number: 4, name: '示例第三方平台' })];
}

export function demoPlatform(wanted: { appid: string; number: number; name: string }): Platform {
  const digits = String(wanted.number).padStart(2, '0');
  return {
    appid: wanted.appid,
    name: wanted.name,
    secret: 'decade00'.repeat(3) + digits.padStart(8, '0'),
    secretIsFrozen: false,
    isFrozen: false,
    ipAllowList: [],
    eventUrl: null,
    messageUrl: null,
    token: `SimulatorToken${digits}`,
    aesKey: demoAesKey(digits),
    domain: '127.0.0.1',
    permissionSets: [1, 2, 3, 4, 6, 7, 11, 15, 17, 18, 19, 25, 30],
    pushesTickets: true,
  };
}

const day = 86_400;

/** 2024-06-01, so that the first follower has a past. */
const followedAt = 1_717_171_200;

export function demoPeople(): Person[] {
  return [
    demoPerson('xiaoming', '王小明', ['wx3cc8fd6963e31a32']),
    demoPerson('lilei', '李雷', ['wx3cc8fd6963e31a32']),
    demoPerson('hanmeimei', '韩梅梅', []),
    demoPerson('zhangwei', '张伟', []),
    { ...demoPerson('chenjing', '陈静', []), isSnapshotUser: true },
  ];
}

export function demoPerson(id: string, name: string, follows: string[]): Person {
  const since = followedAt + (id.length % 7) * day;
  return {
    id,
    name,
    language: 'zh_CN',
    avatar: `https://thirdwx.qlogo.cn/mmopen/vi_32/simulator-${id}/132`,
    isSnapshotUser: false,
    refusesMessages: false,
    isHighRisk: false,
    following: new Map(
      follows.map((appid) => [appid, { since, subscribeScene: 'ADD_SCENE_SEARCH', qrScene: 0, qrSceneStr: '' }]),
    ),
    remarks: new Map(),
  };
}

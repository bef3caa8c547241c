import { adminToken, flag, masterKeys, networks, oneOf, origin, postgresUrl, receivers, text, wholeNumber } from './parsers.js';

export interface Setting<T> {
  readonly means: string;
  /** The default, in words if it depends on something. */
  readonly otherwise: string;
  readonly example: string;
  readonly parse: (value: string) => T;
  /** Never shown. It may come from a file that `<NAME>_FILE` names. */
  readonly isSecret?: true;
}

/** Everything that the gateway reads from its environment. `.env.example` is written from this table. */
export const table = {
  HOST: {
    means: 'The address to listen on. The sandbox listens on loopback only.',
    otherwise: '127.0.0.1',
    example: '0.0.0.0',
    parse: text,
  },
  PORT: {
    means: 'The port to listen on; 0 takes a free one.',
    otherwise: '36012',
    example: '36012',
    parse: wholeNumber({ least: 0, most: 65_535 }),
  },
  PUBLIC_URL: {
    means: 'The origin under which WeChat and browsers reach this gateway. Required in production.',
    otherwise: 'http://HOST:PORT under npm start',
    example: 'https://wx.example.com',
    parse: origin,
  },
  DATABASE_URL: {
    means: 'A PostgreSQL database, version 15 or newer. Required in production.',
    otherwise: 'an embedded server in DATA_DIR under npm start',
    example: 'postgres://gateway:password@127.0.0.1:5432/gateway',
    parse: postgresUrl,
    isSecret: true,
  },
  DATABASE_POOL_SIZE: {
    means: 'How many connections this process opens at most.',
    otherwise: '10',
    example: '20',
    parse: wholeNumber({ least: 2, most: 500 }),
  },
  DATABASE_STATEMENT_TIMEOUT_SECONDS: {
    means:
      'How long a statement may run before the database cancels it. A connection on which the database is silent for half as long again is given up.',
    otherwise: '10',
    example: '10',
    parse: wholeNumber({ least: 1, most: 600 }),
  },
  DATABASE_LOCK_TIMEOUT_SECONDS: {
    means: 'How long a statement may wait for a lock.',
    otherwise: '3',
    example: '3',
    parse: wholeNumber({ least: 1, most: 600 }),
  },
  DATA_DIR: {
    means: 'Where npm start keeps the embedded database, the generated master key and the sandbox credentials.',
    otherwise: './data',
    example: '/var/lib/wechat-gateway/data',
    parse: text,
  },
  MASTER_KEY: {
    means:
      'Seals every secret in the database: 32 bytes in base64. During rotation a comma-separated list: the first seals, all open. Keep a copy apart from the database backups. Required in production, which refuses this example and a key of one repeated byte.',
    otherwise: 'made once into DATA_DIR/master-key under npm start',
    example: 'bm90LWEta2V5LWp1c3QtYW4tZXhhbXBsZS0zMi1ieXQ=',
    parse: masterKeys,
    isSecret: true,
  },
  ADMIN_TOKEN: {
    means: 'The bearer token of the admin API, at least 32 characters. Required in production, which refuses this example.',
    otherwise: 'made once into DATA_DIR under npm start',
    example: 'not-a-token-just-an-example-of-its-length',
    parse: adminToken,
    isSecret: true,
  },
  SANDBOX: {
    means:
      'Starts the WeChat simulator and demo apps beside the gateway; never for real accounts. Answers only under localhost, loopback addresses and the host of PUBLIC_URL.',
    otherwise: 'true under npm start, false in production',
    example: 'false',
    parse: flag,
  },
  SIMULATOR_PORT: {
    means: "The sandbox's WeChat simulator listens here.",
    otherwise: '36013',
    example: '36013',
    parse: wholeNumber({ least: 1, most: 65_535 }),
  },
  WECHAT_API_URL: {
    means: "WeChat's server API.",
    otherwise: 'https://api.weixin.qq.com, or the simulator in the sandbox',
    example: 'https://api.weixin.qq.com',
    parse: origin,
  },
  WECHAT_OPEN_URL: {
    means: "WeChat's authorisation pages.",
    otherwise: 'https://open.weixin.qq.com, or the simulator in the sandbox',
    example: 'https://open.weixin.qq.com',
    parse: origin,
  },
  WECHAT_MP_URL: {
    means: "WeChat's QR images and platform pages.",
    otherwise: 'https://mp.weixin.qq.com, or the simulator in the sandbox',
    example: 'https://mp.weixin.qq.com',
    parse: origin,
  },
  TRUSTED_PROXIES: {
    means:
      'Proxies whose X-Forwarded-For is believed: addresses or ranges, comma-separated. Name the proxies alone: whoever has such an address can claim any other.',
    otherwise: 'none',
    example: '10.0.0.2,10.0.0.3',
    parse: networks,
  },
  LEGACY_TRUSTED_CIDRS: {
    means:
      'Callers of the older /v1/service/wx addresses that need no key: addresses or ranges, comma-separated. A request that a proxy outside TRUSTED_PROXIES forwarded always needs one.',
    otherwise: 'none; loopback in the sandbox',
    example: '10.1.0.0/16',
    parse: networks,
  },
  WEBHOOK_ALLOW: {
    means:
      'Private receivers that webhooks may reach: ranges of addresses, or host:port, comma-separated. Metadata services, link-local addresses, the gateway itself and its database are never reached, listed or not.',
    otherwise: 'none; loopback in the sandbox',
    example: '10.2.0.0/16,receiver.internal:8080',
    parse: receivers,
  },
  WEBHOOK_ATTEMPTS_KEPT_DAYS: {
    means: 'How long it is kept what receivers of webhooks answered. What became of a delivery is kept as long as its event.',
    otherwise: '14',
    example: '14',
    parse: wholeNumber({ least: 1, most: 3_650 }),
  },
  METRICS_TOKEN: {
    means: '/metrics wants it as a bearer token. Production refuses this example.',
    otherwise: '/metrics answers this machine alone (loopback), and not through a proxy',
    example: 'not-a-token-just-an-example-of-its-length',
    parse: adminToken,
    isSecret: true,
  },
  DEFAULT_LANGUAGE: {
    means: 'The language, en or zh, of errors and hints for clients that do not say by Accept-Language which they want.',
    otherwise: 'en',
    example: 'zh',
    parse: oneOf('en', 'zh'),
  },
  LOG_LEVEL: {
    means: 'The least serious lines to write.',
    otherwise: 'info',
    example: 'debug',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  },
  RENEWALS_PER_SECOND: {
    means: 'How many renewals all replicas together send to WeChat in a second, so that an outage is not followed by a crowd.',
    otherwise: '20',
    example: '20',
    parse: wholeNumber({ least: 1, most: 1_000 }),
  },
  RENEWAL_LEASE_SECONDS: {
    means: 'After this a renewal whose replica died is taken over by another. Longer than WeChat may take to answer.',
    otherwise: '30',
    example: '30',
    parse: wholeNumber({ least: 10, most: 300 }),
  },
  CALLBACK_WINDOW_SECONDS: {
    means:
      'How far the time of a push may be from ours, either way. Outside of it even a right signature is refused, as a replay.',
    otherwise: '600',
    example: '600',
    parse: wholeNumber({ least: 60, most: 86_400 }),
  },
  REPLY_BUDGET_MILLISECONDS: {
    means: 'How long the answer to a push waits for a reply. WeChat gives up after five seconds.',
    otherwise: '3500',
    example: '3500',
    parse: wholeNumber({ least: 100, most: 4_200 }),
  },
  EVENT_STREAMS_PER_KEY: {
    means: 'How many streams of events one key may hold open at each replica; one more is 429.',
    otherwise: '50',
    example: '50',
    parse: wholeNumber({ least: 1, most: 10_000 }),
  },
  EVENTS_KEPT_DAYS: {
    means: 'How long events are kept, with everything that people wrote in them.',
    otherwise: '30',
    example: '30',
    parse: wholeNumber({ least: 1, most: 3_650 }),
  },
  MESSAGES_KEPT_DAYS: {
    means: 'How long it can be asked what became of a message. What it said is not kept at all.',
    otherwise: '30',
    example: '30',
    parse: wholeNumber({ least: 1, most: 3_650 }),
  },
  MINI_SESSIONS_KEPT_DAYS: {
    means: 'How long a login of a mini program can be used to open data. WeChat does not say how long its session_key lives.',
    otherwise: '30',
    example: '30',
    parse: wholeNumber({ least: 1, most: 3_650 }),
  },
  EVENTS_PER_COMMIT: {
    means: 'How many events that arrive together are stored by one commit; 1 stores each by its own.',
    otherwise: '200',
    example: '200',
    parse: wholeNumber({ least: 1, most: 1_000 }),
  },
  QR_LOGINS_PER_MINUTE: {
    means:
      'How many QR logins one key may begin in a minute: each asks WeChat for a code, of which an account has 100,000 a day.',
    otherwise: '600',
    example: '600',
    parse: wholeNumber({ least: 1, most: 100_000 }),
  },
  QR_LOGINS_BY_STRANGERS_PER_MINUTE: {
    means:
      'How many codes the login pages of one key may show in a minute, beside the logins that its service begins itself: a page is opened by whoever has its address. Less than QR_LOGINS_PER_MINUTE.',
    otherwise: 'half of QR_LOGINS_PER_MINUTE',
    example: '300',
    parse: wholeNumber({ least: 0, most: 99_999 }),
  },
  QR_LOGINS_PER_ADDRESS_PER_MINUTE: {
    means: 'How many one address may begin in a minute at one key; of IPv6, one /64. Strangers have a share of their own.',
    otherwise: '30',
    example: '30',
    parse: wholeNumber({ least: 1, most: 100_000 }),
  },
  MAX_CONNECTIONS: {
    means:
      'How many connections this process holds at most. At the limit the one that was idle for longest makes room; where all are at work, health and tokens are still answered, everything else is 503.',
    otherwise: 'what the limit of open files (ulimit -n) less a quarter allows, and one for each 64 KiB of heap',
    example: '5000',
    parse: wholeNumber({ least: 4, most: 1_000_000 }),
  },
  REQUEST_TIMEOUT_SECONDS: {
    means: 'How long a request may take to arrive, its headers and its body together. A slower one is cut off with 408.',
    otherwise: '30',
    example: '30',
    parse: wholeNumber({ least: 1, most: 300 }),
  },
  DRAIN_SECONDS: {
    means: 'How long readiness says 503 at a stop while requests are still served, so that a load balancer notices.',
    otherwise: '5; 0 under npm start',
    example: '10',
    parse: wholeNumber({ least: 0, most: 300 }),
  },
  SHUTDOWN_SECONDS: {
    means: 'How long requests under way may take to finish at a stop.',
    otherwise: '20',
    example: '20',
    parse: wholeNumber({ least: 1, most: 300 }),
  },
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof table;

const entries = Object.entries(table as Record<string, Setting<unknown>>) as [SettingName, Setting<unknown>][];

export const secretNames = entries.filter(([, { isSecret }]) => isSecret).map(([name]) => name);

/** The text of `.env.example`. */
export function envExample(): string {
  return (
    '# Every setting of the gateway. Copy to .env and uncomment what you change; the environment wins over the file.\n' +
    '# Each secret may lie in a file of its own instead: give NAME_FILE in place of NAME.\n\n' +
    entries
      .map(([name, { means, otherwise, example, isSecret }]) => {
        const inFile = isSecret ? `# ${name}_FILE=/run/secrets/${name.toLowerCase()}\n` : '';
        return `# ${means}\n# Default: ${otherwise}.\n# ${name}=${example}\n${inFile}`;
      })
      .join('\n')
  );
}

import { blockList, BadValue, isLoopback, overlap } from './parsers.js';
import { connectionsThatFit } from './process-limits.js';
import { type Environment, fileOf, hasText, isGiven, withSecretFiles } from './secret-files.js';
import { table, type SettingName } from './settings-table.js';
import type { BlockList } from 'node:net';

/** What the operator decided, read once at the start. Nothing else reads the environment. */
export class Settings {
  readonly host!: string;
  readonly port!: number;
  readonly publicUrl!: string;
  /** Absent: the embedded server is used. */
  readonly databaseUrl!: string | undefined;
  readonly databasePoolSize!: number;
  readonly databaseStatementTimeoutSeconds!: number;
  readonly databaseLockTimeoutSeconds!: number;
  readonly dataDir!: string;
  /** The first key seals, all of them open. If empty, a key is made once in `dataDir`. */
  readonly masterKeys!: readonly Buffer[];
  /** Absent only until the local form has made a token. */
  readonly adminToken!: string | undefined;
  /** Started by `npm start`: values that production must be given may be made here. */
  readonly local!: boolean;
  readonly sandbox!: boolean;
  readonly simulatorPort!: number;
  readonly wechatApiUrl!: string;
  readonly wechatOpenUrl!: string;
  readonly wechatMpUrl!: string;
  readonly trustedProxies!: readonly string[];
  readonly legacyTrusted!: BlockList;
  readonly webhookAllow!: readonly string[];
  readonly webhookAttemptsKeptDays!: number;
  readonly metricsToken!: string | undefined;
  readonly defaultLanguage!: 'en' | 'zh';
  readonly logLevel!: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly renewalsPerSecond!: number;
  readonly leaseSeconds!: number;
  readonly callbackWindowSeconds!: number;
  readonly replyBudgetMilliseconds!: number;
  readonly eventStreamsPerKey!: number;
  readonly eventsKeptDays!: number;
  readonly messagesKeptDays!: number;
  readonly miniSessionsKeptDays!: number;
  readonly eventsPerCommit!: number;
  readonly qrLoginsPerMinute!: number;
  readonly qrLoginsByStrangersPerMinute!: number;
  readonly qrLoginsPerAddressPerMinute!: number;
  readonly maxConnections!: number;
  readonly requestTimeoutSeconds!: number;
  readonly drainSeconds!: number;
  readonly shutdownSeconds!: number;
  /** Warnings for the operator's log: values that are accepted but deserve a second look. */
  readonly warnings!: readonly string[];
}

export class SettingsRefused extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The settings are not complete:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\n.env.example explains each of them.`,
    );
    this.name = 'SettingsRefused';
  }
}

const requiredInProduction = ['DATABASE_URL', 'MASTER_KEY', 'ADMIN_TOKEN', 'PUBLIC_URL'] as const satisfies SettingName[];
const loopbackRanges = ['127.0.0.0/8', '::1/128'];

/**
 * Reads every setting and reports every fault at once. `local` is the form of `npm start`, which provides the database, the
 * keys and the simulator. Without it, everything that cannot be guessed safely is required.
 */
export function readSettings(given: Environment, { local = false } = {}): Settings {
  const faults: string[] = [];
  const env = withSecretFiles(given, faults);

  function read<N extends SettingName>(name: N): ReturnType<(typeof table)[N]['parse']> | undefined {
    const value = env[name]?.trim();
    if (!value) return undefined;
    try {
      return table[name].parse(value) as ReturnType<(typeof table)[N]['parse']>;
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      faults.push(
        hasText(given, name) ? `${name} ${error.message}` : `${name} ${error.message}; it was read from ${fileOf(name)}`,
      );
      return undefined;
    }
  }

  /** The given value, or the default from the table. */
  const standard = <N extends keyof typeof table>(name: N): ReturnType<(typeof table)[N]['parse']> =>
    read(name) ?? (table[name].parse(table[name].otherwise) as ReturnType<(typeof table)[N]['parse']>);

  const sandbox = read('SANDBOX') ?? local;
  const provided = local || sandbox;
  if (!provided)
    for (const name of requiredInProduction) if (!isGiven(given, name)) faults.push(`${name} is missing: ${table[name].means}`);

  const host = standard('HOST');
  const port = standard('PORT');
  const simulatorPort = standard('SIMULATOR_PORT');
  const simulator = `http://127.0.0.1:${simulatorPort}`;
  const hostInUrl = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const legacyRanges = read('LEGACY_TRUSTED_CIDRS') ?? (sandbox ? loopbackRanges : []);
  const databasePoolSize = standard('DATABASE_POOL_SIZE');
  const qrLoginsPerMinute = standard('QR_LOGINS_PER_MINUTE');
  const settings: Settings = {
    host,
    port,
    publicUrl: read('PUBLIC_URL') ?? `http://${hostInUrl}:${port}`,
    databaseUrl: read('DATABASE_URL'),
    databasePoolSize,
    databaseStatementTimeoutSeconds: standard('DATABASE_STATEMENT_TIMEOUT_SECONDS'),
    databaseLockTimeoutSeconds: standard('DATABASE_LOCK_TIMEOUT_SECONDS'),
    dataDir: standard('DATA_DIR'),
    masterKeys: read('MASTER_KEY') ?? [],
    adminToken: read('ADMIN_TOKEN'),
    local: provided,
    sandbox,
    simulatorPort,
    wechatApiUrl: read('WECHAT_API_URL') ?? (sandbox ? simulator : 'https://api.weixin.qq.com'),
    wechatOpenUrl: read('WECHAT_OPEN_URL') ?? (sandbox ? simulator : 'https://open.weixin.qq.com'),
    wechatMpUrl: read('WECHAT_MP_URL') ?? (sandbox ? simulator : 'https://mp.weixin.qq.com'),
    trustedProxies: read('TRUSTED_PROXIES') ?? [],
    legacyTrusted: blockList(legacyRanges),
    webhookAllow: read('WEBHOOK_ALLOW') ?? (sandbox ? loopbackRanges : []),
    webhookAttemptsKeptDays: standard('WEBHOOK_ATTEMPTS_KEPT_DAYS'),
    metricsToken: read('METRICS_TOKEN'),
    defaultLanguage: standard('DEFAULT_LANGUAGE'),
    logLevel: standard('LOG_LEVEL'),
    renewalsPerSecond: standard('RENEWALS_PER_SECOND'),
    leaseSeconds: standard('RENEWAL_LEASE_SECONDS'),
    callbackWindowSeconds: standard('CALLBACK_WINDOW_SECONDS'),
    replyBudgetMilliseconds: standard('REPLY_BUDGET_MILLISECONDS'),
    eventStreamsPerKey: standard('EVENT_STREAMS_PER_KEY'),
    eventsKeptDays: standard('EVENTS_KEPT_DAYS'),
    messagesKeptDays: standard('MESSAGES_KEPT_DAYS'),
    miniSessionsKeptDays: standard('MINI_SESSIONS_KEPT_DAYS'),
    eventsPerCommit: standard('EVENTS_PER_COMMIT'),
    qrLoginsPerMinute,
    qrLoginsByStrangersPerMinute: read('QR_LOGINS_BY_STRANGERS_PER_MINUTE') ?? Math.floor(qrLoginsPerMinute / 2),
    qrLoginsPerAddressPerMinute: standard('QR_LOGINS_PER_ADDRESS_PER_MINUTE'),
    maxConnections: read('MAX_CONNECTIONS') ?? connectionsThatFit(databasePoolSize),
    requestTimeoutSeconds: standard('REQUEST_TIMEOUT_SECONDS'),
    drainSeconds: read('DRAIN_SECONDS') ?? (provided ? 0 : 5),
    shutdownSeconds: standard('SHUTDOWN_SECONDS'),
    warnings: [],
  };

  if (settings.qrLoginsByStrangersPerMinute >= settings.qrLoginsPerMinute)
    faults.push('QR_LOGINS_BY_STRANGERS_PER_MINUTE must be less than QR_LOGINS_PER_MINUTE');
  faults.push(...(sandbox ? whatTheSandboxRefuses(settings) : whatProductionRefuses(settings)));
  if (faults.length > 0) throw new SettingsRefused(faults);
  return Object.freeze(
    Object.assign(new Settings(), settings, { warnings: warningsOf(settings, legacyRanges, isGiven(given, 'PUBLIC_URL')) }),
  );
}

function origins(settings: Settings): Record<string, string> {
  return {
    PUBLIC_URL: settings.publicUrl,
    WECHAT_API_URL: settings.wechatApiUrl,
    WECHAT_OPEN_URL: settings.wechatOpenUrl,
    WECHAT_MP_URL: settings.wechatMpUrl,
  };
}

/** Demo credentials appear on the terminal, so nobody else may reach the sandbox and it must use no real account. */
function whatTheSandboxRefuses(settings: Settings): string[] {
  const faults: string[] = [];
  if (!isLoopback(settings.host))
    faults.push(`HOST must be loopback in the sandbox, not ${settings.host}; set SANDBOX=false to serve others`);
  for (const [name, value] of Object.entries(origins(settings)))
    if (name !== 'PUBLIC_URL' && /(^|\.)(qq|wechat|weixin)\.com$/i.test(new URL(value).hostname.replace(/\.$/, '')))
      faults.push(`${name} must not be a real WeChat host in the sandbox; set SANDBOX=false for real accounts`);
  return faults;
}

/** Values that everybody can read in .env.example, or guess, protect nothing. */
function whatProductionRefuses({ masterKeys, ...tokens }: Settings): string[] {
  const faults: string[] = [];
  const examples = table.MASTER_KEY.parse(table.MASTER_KEY.example);
  if (masterKeys.some((key) => examples.some((example) => example.equals(key))))
    faults.push('MASTER_KEY holds the example of .env.example, which everybody knows; `openssl rand -base64 32` makes a key');
  if (masterKeys.some((key) => key.every((byte) => byte === key[0])))
    faults.push('MASTER_KEY holds a key of one repeated byte, which is soon guessed; `openssl rand -base64 32` makes a key');
  for (const [name, token] of [
    ['ADMIN_TOKEN', tokens.adminToken],
    ['METRICS_TOKEN', tokens.metricsToken],
  ] as const)
    if (token === table[name].example)
      faults.push(`${name} is the example of .env.example, which everybody knows; \`openssl rand -hex 32\` makes a token`);
  return faults;
}

function warningsOf(settings: Settings, legacyRanges: readonly string[], isPublic: boolean): string[] {
  const unreachable =
    settings.sandbox || isPublic
      ? []
      : [
          `PUBLIC_URL is not set: WeChat cannot reach ${settings.publicUrl}, so nothing it pushes arrives, and no login comes back`,
        ];
  const inTheClear = Object.entries(origins(settings))
    .filter(([, value]) => value.startsWith('http:') && !isLoopback(new URL(value).hostname))
    .map(([name, value]) => `${name} is ${value}: secrets travel in the clear on that way`);
  return [...unreachable, ...inTheClear, ...warningsOfTrust(settings, legacyRanges)];
}

/** A proxy that does not name its client cannot be told from a caller. */
function warningsOfTrust({ trustedProxies, publicUrl }: Settings, legacyRanges: readonly string[]): string[] {
  const proxy = 'whoever comes through it needs no key unless it adds X-Forwarded-For';
  const both = trustedProxies.filter((one) => legacyRanges.some((other) => overlap(one, other)));
  const warnings = both.map((one) => `TRUSTED_PROXIES and LEGACY_TRUSTED_CIDRS both hold ${one}: ${proxy}`);
  if (legacyRanges.length > 0 && trustedProxies.length === 0 && publicUrl.startsWith('https:'))
    warnings.push(
      `LEGACY_TRUSTED_CIDRS is set, and TRUSTED_PROXIES does not name the proxy in front that PUBLIC_URL tells of: if that lies in these ranges, ${proxy}`,
    );
  if (trustedProxies.some((range) => range.endsWith('/0')))
    warnings.push('TRUSTED_PROXIES holds every address: anybody can claim to come from anywhere');
  return warnings;
}

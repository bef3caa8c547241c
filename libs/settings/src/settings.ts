import { blockList, BadValue, isLoopback } from './parsers.js';
import { table, type SettingName } from './settings-table.js';
import type { BlockList } from 'node:net';

/** What the operator decided, read once at the start. Nothing else looks at the environment. */
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
  /** The first seals, all open. Empty: made once into `dataDir`. */
  readonly masterKeys!: readonly Buffer[];
  /** Absent only until the local form has made one. */
  readonly adminToken!: string | undefined;
  /** Started by `npm start`: what production must be given may be made here instead. */
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
  readonly logLevel!: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly renewalsPerSecond!: number;
  readonly leaseSeconds!: number;
  readonly callbackWindowSeconds!: number;
  readonly replyBudgetMilliseconds!: number;
  readonly eventsKeptDays!: number;
  readonly messagesKeptDays!: number;
  readonly miniSessionsKeptDays!: number;
  readonly eventsPerCommit!: number;
  readonly qrLoginsPerMinute!: number;
  readonly qrLoginsPerAddressPerMinute!: number;
  readonly drainSeconds!: number;
  readonly shutdownSeconds!: number;
  /** Sentences for the operator's log: accepted, but worth a second look. */
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
 * Reads every setting and reports every fault at once. `local` is the form of `npm start`, where the database, the
 * keys and the simulator are provided; without it, whatever cannot be guessed safely is required.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>, { local = false } = {}): Settings {
  const faults: string[] = [];

  function read<N extends SettingName>(name: N): ReturnType<(typeof table)[N]['parse']> | undefined {
    const value = env[name]?.trim();
    if (!value) return undefined;
    try {
      return table[name].parse(value) as ReturnType<(typeof table)[N]['parse']>;
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      faults.push(`${name} ${error.message}`);
      return undefined;
    }
  }

  const sandbox = read('SANDBOX') ?? local;
  const provided = local || sandbox;
  if (!provided)
    for (const name of requiredInProduction) if (!env[name]?.trim()) faults.push(`${name} is missing: ${table[name].means}`);

  const host = read('HOST') ?? '127.0.0.1';
  const port = read('PORT') ?? 36_012;
  const simulatorPort = read('SIMULATOR_PORT') ?? 36_013;
  const simulator = `http://127.0.0.1:${simulatorPort}`;
  const hostInUrl = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const settings: Settings = {
    host,
    port,
    publicUrl: read('PUBLIC_URL') ?? `http://${hostInUrl}:${port}`,
    databaseUrl: read('DATABASE_URL'),
    databasePoolSize: read('DATABASE_POOL_SIZE') ?? 10,
    databaseStatementTimeoutSeconds: read('DATABASE_STATEMENT_TIMEOUT_SECONDS') ?? 10,
    databaseLockTimeoutSeconds: read('DATABASE_LOCK_TIMEOUT_SECONDS') ?? 3,
    dataDir: read('DATA_DIR') ?? './data',
    masterKeys: read('MASTER_KEY') ?? [],
    adminToken: read('ADMIN_TOKEN'),
    local: provided,
    sandbox,
    simulatorPort,
    wechatApiUrl: read('WECHAT_API_URL') ?? (sandbox ? simulator : 'https://api.weixin.qq.com'),
    wechatOpenUrl: read('WECHAT_OPEN_URL') ?? (sandbox ? simulator : 'https://open.weixin.qq.com'),
    wechatMpUrl: read('WECHAT_MP_URL') ?? (sandbox ? simulator : 'https://mp.weixin.qq.com'),
    trustedProxies: read('TRUSTED_PROXIES') ?? [],
    legacyTrusted: blockList(read('LEGACY_TRUSTED_CIDRS') ?? (sandbox ? loopbackRanges : [])),
    webhookAllow: read('WEBHOOK_ALLOW') ?? (sandbox ? loopbackRanges : []),
    webhookAttemptsKeptDays: read('WEBHOOK_ATTEMPTS_KEPT_DAYS') ?? 14,
    metricsToken: read('METRICS_TOKEN'),
    logLevel: read('LOG_LEVEL') ?? 'info',
    renewalsPerSecond: read('RENEWALS_PER_SECOND') ?? 20,
    leaseSeconds: read('RENEWAL_LEASE_SECONDS') ?? 30,
    callbackWindowSeconds: read('CALLBACK_WINDOW_SECONDS') ?? 600,
    replyBudgetMilliseconds: read('REPLY_BUDGET_MILLISECONDS') ?? 3_500,
    eventsKeptDays: read('EVENTS_KEPT_DAYS') ?? 30,
    messagesKeptDays: read('MESSAGES_KEPT_DAYS') ?? 30,
    miniSessionsKeptDays: read('MINI_SESSIONS_KEPT_DAYS') ?? 30,
    eventsPerCommit: read('EVENTS_PER_COMMIT') ?? 200,
    qrLoginsPerMinute: read('QR_LOGINS_PER_MINUTE') ?? 600,
    qrLoginsPerAddressPerMinute: read('QR_LOGINS_PER_ADDRESS_PER_MINUTE') ?? 30,
    drainSeconds: read('DRAIN_SECONDS') ?? (provided ? 0 : 5),
    shutdownSeconds: read('SHUTDOWN_SECONDS') ?? 20,
    warnings: [],
  };

  if (sandbox) faults.push(...whatTheSandboxRefuses(settings));
  if (faults.length > 0) throw new SettingsRefused(faults);
  return Object.freeze(Object.assign(new Settings(), settings, { warnings: warningsOf(settings) }));
}

function origins(settings: Settings): Record<string, string> {
  return {
    PUBLIC_URL: settings.publicUrl,
    WECHAT_API_URL: settings.wechatApiUrl,
    WECHAT_OPEN_URL: settings.wechatOpenUrl,
    WECHAT_MP_URL: settings.wechatMpUrl,
  };
}

/** Demo credentials are printed on the terminal, so nobody else may reach them, and no real account may hear of them. */
function whatTheSandboxRefuses(settings: Settings): string[] {
  const faults: string[] = [];
  if (!isLoopback(settings.host))
    faults.push(`HOST must be loopback in the sandbox, not ${settings.host}; set SANDBOX=false to serve others`);
  for (const [name, value] of Object.entries(origins(settings)))
    if (name !== 'PUBLIC_URL' && /(^|\.)(qq|wechat|weixin)\.com$/i.test(new URL(value).hostname.replace(/\.$/, '')))
      faults.push(`${name} must not be a real WeChat host in the sandbox; set SANDBOX=false for real accounts`);
  return faults;
}

function warningsOf(settings: Settings): string[] {
  return Object.entries(origins(settings))
    .filter(([, value]) => value.startsWith('http:') && !isLoopback(new URL(value).hostname))
    .map(([name, value]) => `${name} is ${value}: secrets travel in the clear on that way`);
}

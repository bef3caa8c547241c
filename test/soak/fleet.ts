import { randomInt } from 'node:crypto';
import { type TestDatabase, freshDatabase } from '../support/database.js';
import { adminToken, productionEnv } from '../support/gateway.js';
import { type ProcessOptions, TestProcess } from '../support/process.js';
import { SeverableProxy } from '../support/severable-proxy.js';
import type { TestWechat } from '../support/wechat.js';

export interface Replica {
  readonly process: TestProcess;
  readonly url: string;
}

export interface TokenAnswer {
  readonly status: number;
  readonly token: string;
  readonly stillValid: boolean;
  readonly code: string;
  readonly body: Record<string, unknown>;
}

const main = 'dist/apps/gateway/src/main.js';

/** Some gateways, each a process of its own, on one database that can be cut off from all of them. */
export class Fleet {
  readonly replicas: Replica[] = [];
  private key = '';

  private constructor(
    readonly database: Pick<TestDatabase, 'url' | 'query'>,
    readonly proxy: SeverableProxy,
    private readonly env: Record<string, string>,
  ) {}

  static async start(
    count: number,
    wechat: TestWechat | undefined,
    env: Record<string, string> = {},
    database: Pick<TestDatabase, 'url' | 'query'> | undefined = undefined,
  ): Promise<Fleet> {
    database ??= await freshDatabase();
    const proxy = await SeverableProxy.to(database.url);
    const fleet = new Fleet(database, proxy, { ...productionEnv(proxy.url), ...wechat?.env, LOG_LEVEL: 'info', ...env });
    for (let number = 0; number < count; number++) await fleet.add();
    if (count > 0) await fleet.makeKey();
    return fleet;
  }

  /** For a fleet that began empty, once it has a replica. */
  async makeKey(): Promise<void> {
    const { key } = await this.admin<{ key: string }>('POST', '/api-keys', { name: 'soak', appids: '*', scopes: ['token:read'] });
    this.key = key;
  }

  get apiKey(): string {
    return this.key;
  }

  async add(env: Record<string, string> = {}, options: ProcessOptions = {}): Promise<Replica> {
    const process = TestProcess.start(main, { ...options, env: { ...this.env, ...env } });
    const replica = { process, url: await process.says(/"url":"([^"]+)"/) };
    this.replicas.push(replica);
    return replica;
  }

  forget(replica: Replica): void {
    this.replicas.splice(this.replicas.indexOf(replica), 1);
  }

  async admin<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.any.url}/admin/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    // What is ended answers nothing.
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /** Registers an app as the simulator has it. */
  async register(wechat: TestWechat, appid: string, change: Record<string, unknown> = {}): Promise<void> {
    const { kind, name, secret } = await wechat.app(appid);
    await this.admin('PUT', `/apps/${appid}`, { kind, name, secret, ...change });
  }

  read(appid: string, from: Replica = this.any): Promise<TokenAnswer> {
    return this.ask(`${from.url}/v1/apps/${appid}/access-token`);
  }

  reject(appid: string, token: string, at: Replica = this.any): Promise<TokenAnswer> {
    return this.ask(`${at.url}/v1/apps/${appid}/access-token/rejections`, { access_token: token });
  }

  /** The callers of a real fleet do not choose their replica. */
  private get any(): Replica {
    const replica = this.replicas[randomInt(this.replicas.length)];
    if (!replica) throw new Error('The fleet has no replica');
    return replica;
  }

  private async ask(url: string, body?: object): Promise<TokenAnswer> {
    const answer = await fetch(url, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${this.key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const read = (await answer.json()) as Record<string, unknown>;
    return {
      status: answer.status,
      token: String(read.access_token),
      stillValid: read.still_valid === true,
      code: String(read.code),
      body: read,
    };
  }
}

/** Appids that the simulator does not have yet, made there. */
export async function makeApps(wechat: TestWechat, count: number, first = 0): Promise<string[]> {
  const appids = Array.from({ length: count }, (_, number) => `wxfee0${(first + number).toString(16).padStart(12, '0')}`);
  for (const appid of appids) await wechat.control('POST', '/apps', { appid, kind: 'official_account' });
  return appids;
}

import 'reflect-metadata';
import { createHash } from 'node:crypto';
import type { DynamicModule, Type } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Changes } from '#changes';
import { Clock, HeldBytes, Metrics } from '#runtime';
import { readSettings } from '#settings';
import { Gateway } from '../../apps/gateway/src/gateway.js';
import { makeLog } from '../../apps/gateway/src/log.js';
import { afterThisTest } from './cleanup.js';
import { type TestDatabase, freshDatabase } from './database.js';

export const adminToken = 'admin-token-of-the-tests-0123456789';
export const masterKeyNamed = (name: string): string => createHash('sha256').update(name).digest('base64');
export const masterKey = masterKeyNamed('the tests');

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body read as JSON. */
  readonly body: Record<string, unknown>;
}

export interface Question {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string | undefined;
  readonly headers?: Record<string, string>;
}

export interface TestGatewayOptions {
  readonly env?: Record<string, string>;
  readonly besides?: (Type<unknown> | DynamicModule)[];
  readonly database?: TestDatabase;
  /** Leave it listening but not serving. */
  readonly unopened?: boolean;
  /** Jobs whose clock does not tick, for a test that ticks by hand: the names of their intervals. */
  readonly withoutJobs?: string[];
}

/** A whole gateway on a database of its own: real HTTP, real Postgres, production settings. */
export class TestGateway {
  /** Every line it logged. */
  readonly logged: string[] = [];
  private stopping: Promise<void> | undefined;

  private constructor(
    readonly url: string,
    readonly gateway: Gateway,
    readonly database: TestDatabase,
    private readonly options: TestGatewayOptions,
  ) {}

  static async start(options: TestGatewayOptions = {}): Promise<TestGateway> {
    const database = options.database ?? (await freshDatabase());
    const settings = readSettings({ ...productionEnv(database.url), ...options.env });
    const logged: string[] = [];
    const log = makeLog({ level: settings.logLevel, to: { write: (line: string) => void logged.push(line) } });
    const gateway = await Gateway.build({
      settings,
      databaseUrl: settings.databaseUrl ?? database.url,
      log,
      besides: options.besides ?? [],
    });
    const url = await gateway.listen();
    for (const job of options.withoutJobs ?? []) gateway.app.get(SchedulerRegistry).deleteInterval(job);
    const started = Object.assign(new TestGateway(url, gateway, database, options), { logged });
    afterThisTest(() => started.stop());
    if (!options.unopened) await gateway.open();
    return started;
  }

  /** Another replica on the same database. */
  twin(options: TestGatewayOptions = {}): Promise<TestGateway> {
    return TestGateway.start({ ...this.options, ...options, database: this.database });
  }

  ask(path: string, question: Question = {}): Promise<Answer> {
    return askAt(this.url + path, question);
  }

  admin(path: string, question: Question = {}): Promise<Answer> {
    return this.ask(`/admin/v1${path}`, { key: adminToken, ...question });
  }

  /** A fresh API key: its text and its id. */
  async makeKey(terms: Record<string, unknown> = {}): Promise<{ key: string; id: string }> {
    const { status, text, body } = await this.admin('/api-keys', {
      method: 'POST',
      body: { name: 'test', appids: '*', scopes: ['users:read'], ...terms },
    });
    if (status !== 201) throw new Error(`No key was made: ${text}`);
    return body as { key: string; id: string };
  }

  /** Lets this replica hear of changes now instead of within half a second. */
  async hearChanges(): Promise<void> {
    const changes = this.gateway.app.get(Changes);
    // The first may be one that was under way before the change.
    await changes.run();
    await changes.run();
  }

  /** What callers make this replica hold. */
  get held(): HeldBytes {
    return this.gateway.app.get(HeldBytes);
  }

  /** The metrics, with what stands in the database as it is now. */
  async seenMetrics(): Promise<Answer> {
    await this.gateway.app.get(Metrics).look();
    return this.ask('/metrics');
  }

  /** From now on nothing in this replica runs by the clock. */
  stopJobs(): void {
    const jobs = this.gateway.app.get(SchedulerRegistry);
    for (const name of jobs.getIntervals()) jobs.deleteInterval(name);
  }

  /** From now on this replica hears of changes only when the test says so. */
  stopHearing(): void {
    this.gateway.app.get(SchedulerRegistry).deleteInterval('changes');
  }

  /** Lets this replica believe that time has passed, also after the database has told the time again. */
  passes(seconds: number): void {
    const clock = this.gateway.app.get(Clock);
    const milliseconds = seconds * 1_000;
    const [now, steady, ownTime] = [clock.now.bind(clock), clock.steady.bind(clock), clock.ownTime.bind(clock)];
    const follow = clock.follow.bind(clock);
    clock.now = () => new Date(now().getTime() + milliseconds);
    clock.steady = () => steady() + milliseconds;
    clock.ownTime = () => new Date(ownTime().getTime() + milliseconds);
    clock.follow = (told, asked) => follow(told, asked - milliseconds);
  }

  async stop(): Promise<void> {
    this.stopping ??= this.gateway.close();
    await this.stopping;
  }
}

export async function askAt(url: string, { method = 'GET', body, key, headers = {} }: Question = {}): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    get body(): Record<string, unknown> {
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}

export const productionEnv = (databaseUrl: string): Record<string, string> => ({
  PORT: '0',
  PUBLIC_URL: 'http://127.0.0.1:36012',
  DATABASE_URL: databaseUrl,
  DATABASE_POOL_SIZE: '4',
  MASTER_KEY: masterKey,
  ADMIN_TOKEN: adminToken,
  DRAIN_SECONDS: '0',
  // No test may ever reach the real one: this port refuses.
  WECHAT_API_URL: 'http://127.0.0.1:9',
  WECHAT_OPEN_URL: 'http://127.0.0.1:9',
  WECHAT_MP_URL: 'http://127.0.0.1:9',
});

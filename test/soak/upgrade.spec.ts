// Proves: the release before and this one serve one database side by side, forward and back. At most 25 minutes.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, freshDatabase } from '../support/database.js';
import { productionEnv } from '../support/gateway.js';
import { TestProcess } from '../support/process.js';
import { Receiver } from '../support/receiver.js';
import { until } from '../support/until.js';
import { TestWechat } from '../support/wechat.js';
import { builtRelease } from '../upgrade/built-release.js';
import { Load } from '../load/load.js';
import { ScanningIn, WebLogins } from '../load/logging-in.js';
import { Operating, Reading } from '../load/operating.js';
import { Pushing, countEffects } from '../load/pushing.js';
import { ReadinessBalancer } from '../load/readiness-balancer.js';
import { ownVersion, releaseBefore, root } from '../upgrade/releases.js';
import { Sending } from '../load/sending.js';
import { LosingTokens, ReadingTokens } from '../load/tokens.js';
import { World, patience } from '../load/world.js';
import { sized } from './size.js';

const minutes = 60_000;
const before = releaseBefore(ownVersion);
let folderBefore: string;

beforeAll(async () => {
  folderBefore = await builtRelease(before);
}, 15 * minutes);

/** What each release must be seen to answer whenever it serves, so that none of them stands idle beside the other. */
const kinds = [
  'access-token',
  'callbacks',
  'events',
  'login',
  'mini-program',
  'oauth',
  'qr-logins',
  'template-messages',
  'webhooks',
  'admin',
];

/** Replicas of either release behind one address, on one database. */
class Deployment {
  private readonly running = new Map<string, TestProcess>();
  private readonly logs: [string, TestProcess][] = [];

  constructor(
    readonly balancer: ReadinessBalancer,
    private readonly env: Record<string, string>,
  ) {}

  /** Ready means that it has brought the schema to where its release has it. */
  async start(version: string): Promise<void> {
    const folder = version === ownVersion ? root : folderBefore;
    const main = relative(root, join(folder, 'dist/apps/gateway/src/main.js'));
    const started = TestProcess.start(main, { cwd: folder, env: this.env });
    this.running.set(version, started);
    this.logs.push([version, started]);
    this.balancer.add(version, await started.says(/"url":"([^"]+)"/, 5 * minutes));
  }

  async stop(version: string): Promise<void> {
    this.balancer.expectGone(version);
    expect([version, await this.running.get(version)?.end('SIGTERM')]).toEqual([version, 0]);
    this.balancer.remove(version);
  }

  /** Lines for which a person would have to act, in any of the logs. */
  get complaints(): string[] {
    return this.logs.flatMap(([version, { output }]) =>
      output
        .split('\n')
        .filter((line) => /^\{"level":(50|60|"error"|"fatal")/.test(line))
        .map((line) => `${version}: ${line.slice(0, 500)}`),
    );
  }
}

async function deployed(database: TestDatabase, wechat: TestWechat): Promise<Deployment> {
  const balancer = await ReadinessBalancer.start();
  return new Deployment(balancer, {
    ...productionEnv(database.url),
    ...wechat.env,
    PUBLIC_URL: balancer.url,
    DATABASE_POOL_SIZE: '8',
    WEBHOOK_ALLOW: '127.0.0.0/8',
    QR_LOGINS_PER_MINUTE: '100000',
    QR_LOGINS_PER_ADDRESS_PER_MINUTE: '100000',
    // No measurement: the machine may be busy.
    DATABASE_STATEMENT_TIMEOUT_SECONDS: '60',
    DATABASE_LOCK_TIMEOUT_SECONDS: '30',
    // Long enough for the balancer to notice, whatever else the machine does.
    DRAIN_SECONDS: '3',
  });
}

describe(`Release ${before.version} and this one (${ownVersion})`, () => {
  it('have the same migrations, as far as the former goes', () => {
    const folder = join(folderBefore, 'migrations');
    for (const name of readdirSync(folder).filter((one) => one !== 'index.ts'))
      expect([name, readFileSync(join(root, 'migrations', name), 'utf8')]).toEqual([
        name,
        readFileSync(join(folder, name), 'utf8'),
      ]);
  });

  it(
    'serve one database side by side, forward and back: no 500, nothing lost, nothing twice',
    async () => {
      const { seconds, lifetime } = sized({ quick: { seconds: 30, lifetime: 24 }, full: { seconds: 150, lifetime: 60 } });
      const switches = { token_lifetime_seconds: lifetime, token_overlap_seconds: Math.ceil(lifetime / 4) + 2 };
      const wechat = await TestWechat.start({ switches });
      const database = await freshDatabase({ empty: true });
      const deployment = await deployed(database, wechat);
      const { balancer } = deployment;
      const receivers = await Promise.all([Receiver.start(), Receiver.start()]);

      await deployment.start(before.version);
      await countEffects(database);
      const world = await World.prepare(balancer.url, wechat);
      const pushing = new Pushing(world, database);
      const load = new Load(
        [
          ...[pushing, pushing, pushing],
          ...['lin', 'wu'].map((person) => new Sending(world, person)),
          ...['zhao', 'qian'].map((person) => new ScanningIn(world, person)),
          new WebLogins(world, 'sun'),
          new ReadingTokens(world),
          new LosingTokens(world),
          new Operating(world),
          new Reading(world, 'li'),
        ],
        200,
      );
      const faults = (): string[] => [...balancer.failures, ...load.faults, ...deployment.complaints].slice(0, 20);
      const expectNoFault = (): void => expect(faults()).toEqual([]);
      /** Lets the load run for a part of a direction, and until each that serves had its share of every kind. */
      const runFor = async (part: number, serving: string[]): Promise<void> => {
        balancer.served.clear();
        await pause(seconds * 1_000 * part);
        expectNoFault();
        const idle = () =>
          serving.flatMap((version) => kinds.map((kind) => `${version} ${kind}`)).filter((one) => !balancer.served.has(one));
        await until(idle, (seen) => seen.length === 0 || balancer.failures.length + load.faults.length > 0, patience);
        expectNoFault();
      };

      await pushing.subscribe(receivers[0]);
      load.begin();
      await runFor(1 / 3, [before.version]);
      await deployment.start(ownVersion);
      await runFor(1 / 3, [before.version, ownVersion]);
      await deployment.stop(before.version);
      await world.makeKey();
      await pushing.subscribe(receivers[1]);
      await runFor(1 / 3, [ownVersion]);

      await deployment.start(before.version);
      await runFor(1 / 2, [before.version, ownVersion]);
      await deployment.stop(ownVersion);
      await runFor(1 / 2, [before.version]);

      // What is left to do is finished by both; lists are then read at one, since a cursor is of the release that gave it.
      await deployment.start(ownVersion);
      await load.end();
      await deployment.stop(before.version);
      await load.prove();
      const turns = [...load.turns].map(([name, count]) => `${count} ${name}`).join(', ');
      console.log(`${balancer.answers} answers, ${balancer.postponed} of them "come back"; turns of the callers: ${turns}`);
      expectNoFault();
      expect(balancer.postponed).toBeLessThan(balancer.answers / 100);
    },
    30 * minutes,
  );
});

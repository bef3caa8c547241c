import { expect } from '@jest/globals';
import { Following } from '../load/following.js';
import { Load } from '../load/load.js';
import { Operating } from '../load/operating.js';
import { Pushing, countEffects } from '../load/pushing.js';
import { ReadinessBalancer } from '../load/readiness-balancer.js';
import { Sending } from '../load/sending.js';
import { LosingTokens, ReadingTokens } from '../load/tokens.js';
import { World, patience } from '../load/world.js';
import type { TestDatabase } from '../support/database.js';
import { Receiver } from '../support/receiver.js';
import { demoProgram } from '../support/talking-house.js';
import { until } from '../support/until.js';
import { TestWechat, demoApp } from '../support/wechat.js';
import { Fleet, makeApps } from './fleet.js';
import { Probes } from './probes.js';

const replicas = 3;
const poolSize = 10;
/** What every replica may hold, while none of its sessions is left hanging. */
export const sessionsMax = replicas * poolSize;

/**
 * Three replicas on a database that a test does something to, under every kind of work: tokens in both modes, pushes that go
 * on to webhooks, messages with repeats, an operator, a reader of events. Each caller comes again when it is told to, and
 * proves in the end that nothing is missing or came twice.
 */
export class LoadedHouse {
  readonly pushing: Pushing;
  readonly following: Following;
  readonly load: Load;

  private constructor(
    readonly wechat: TestWechat,
    readonly fleet: Fleet,
    readonly balancer: ReadinessBalancer,
    readonly world: World,
    database: Pick<TestDatabase, 'url' | 'query'>,
    /** Apps whose tokens each fetch ends. */
    readonly classic: readonly string[],
  ) {
    this.pushing = new Pushing(world, database);
    this.following = new Following(world);
    this.load = new Load(
      [
        ...[this.pushing, this.pushing, this.pushing],
        ...['lin', 'wu'].map((person) => new Sending(world, person)),
        new ReadingTokens(world),
        new ReadingTokens(world, classic),
        new LosingTokens(world),
        new Operating(world),
        this.following,
      ],
      200,
    );
  }

  static async start(database: Pick<TestDatabase, 'url' | 'query'>, env: Record<string, string> = {}): Promise<LoadedHouse> {
    const wechat = await TestWechat.start();
    const balancer = await ReadinessBalancer.start('outcome_unknown');
    const more = { DATABASE_POOL_SIZE: String(poolSize), WEBHOOK_ALLOW: '127.0.0.0/8', PUBLIC_URL: balancer.url, ...env };
    const fleet = await Fleet.start(replicas, wechat, more, database);
    fleet.replicas.forEach(({ url }, number) => balancer.add(`replica ${number}`, url));
    await countEffects(database);
    const world = await World.prepare(balancer.url, wechat, { answersGetLost: true });
    const classic = await makeApps(wechat, 3);
    for (const appid of classic) await world.register(appid, { token_mode: 'classic' });
    for (const appid of [...classic, demoProgram, demoApp])
      await Promise.all(fleet.replicas.map((replica) => fleet.read(appid, replica)));
    return new LoadedHouse(wechat, fleet, balancer, world, database, classic);
  }

  /** The load, until each caller had some turns; and the probes. */
  async begin(): Promise<Probes> {
    await this.pushing.subscribe(await Receiver.start());
    this.load.begin();
    const probes = await Probes.begin(this.fleet);
    await this.turnsOfEach(2);
    this.expectNoFault();
    return probes;
  }

  /** As many more turns of each kind of caller. */
  async turnsOfEach(count: number): Promise<void> {
    const before = new Map(this.load.turns);
    await until(
      () => this.load.names.filter((name) => (this.load.turns.get(name) ?? 0) < (before.get(name) ?? 0) + count),
      (waiting) => waiting.length === 0,
      patience,
    );
  }

  async areOk(): Promise<boolean> {
    const answers = await Promise.all(this.fleet.replicas.map(async ({ url }) => (await fetch(`${url}/health/ready`)).json()));
    return answers.every((answer) => (answer as { status: string }).status === 'ok');
  }

  /** Everybody finishes what they are at, and proves it. */
  async end(): Promise<void> {
    await this.load.end();
    await this.load.prove();
    this.expectNoFault();
  }

  expectNoFault(): void {
    const logs = this.fleet.replicas.map(({ process }) => process.output).join('');
    const bugs = logs.split('\n').filter((line) => line.includes('A bug'));
    expect([...this.balancer.failures, ...this.load.faults, ...bugs].map((one) => one.slice(0, 1_000)).slice(0, 20)).toEqual([]);
  }
}

import { setTimeout as after } from 'node:timers/promises';
import { type App } from './apps.js';
import { demoApp, demoPerson } from './demo-world.js';
import { openidOf, type Person } from './people.js';
import { Phone } from './phone.js';
import { type Platform } from './platforms.js';
import { type Push } from './push-engine.js';
import { releaseTestApps, type ReleaseTestApp } from './release-test-apps.js';
import { type World } from './world.js';

export const releaseTestNames = ['ticket', 'text', 'event', 'api'] as const;
export type ReleaseTest = (typeof releaseTestNames)[number];

export interface ReleaseStep {
  readonly test: ReleaseTest;
  readonly appid: string;
  /** Null: passed. */
  readonly problem: string | null;
  readonly push: Push;
}

interface Wanted {
  /** From 1; drawn at random if nobody says which. */
  readonly pair?: number | undefined;
  readonly tests: readonly ReleaseTest[];
  /** How long the call that `api` waits for may take. Real time, since it is the platform's. */
  readonly patienceMs: number;
}

const testerId = 'release-tester';

/**
 * What WeChat tries by itself before it lets a platform work for the whole network: accounts of its own write to the
 * platform, which has to recognise them.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/operation/thirdparty/releaseguide.html
 */
export async function runReleaseTests(world: World, platform: Platform, wanted: Wanted): Promise<ReleaseStep[]> {
  const drawn = (world.chance.bytes(1)[0] ?? 0) % releaseTestApps.length;
  const pair = releaseTestApps[(wanted.pair ?? drawn + 1) - 1];
  if (!pair) return [];
  const steps: ReleaseStep[] = [];
  if (wanted.tests.includes('ticket')) steps.push(await tryTicket(world, platform));
  for (const [kind, account] of Object.entries(pair) as [keyof typeof pair, ReleaseTestApp][]) {
    const trial = new Trial(world, platform, { app: testApp(world, kind, account), patienceMs: wanted.patienceMs });
    steps.push(...(await trial.run(wanted.tests)));
  }
  return steps;
}

/** One of the accounts, and the fan who writes to it. */
class Trial {
  private readonly person: Person;

  constructor(
    private readonly world: World,
    private readonly platform: Platform,
    private readonly given: { readonly app: App; readonly patienceMs: number },
  ) {
    const known = world.people.get(testerId);
    this.person = known ?? demoPerson(testerId, '全网发布检测', []);
    world.people.set(testerId, this.person);
  }

  async run(tests: readonly ReleaseTest[]): Promise<ReleaseStep[]> {
    const { world, platform } = this;
    const { app } = this.given;
    const messageSet = app.kind === 'mini_program' ? 19 : 1;
    if (!platform.permissionSets.includes(messageSet)) return [];
    // WeChat's accounts have agreed beforehand; the platform hears nothing of it but the code.
    const { authorization, code } = world.authorizations.give(platform, app, { sets: platform.permissionSets });
    const steps: ReleaseStep[] = [];
    try {
      if (app.kind === 'official_account' && tests.includes('text')) steps.push(await this.tryText());
      if (app.kind === 'official_account' && tests.includes('event')) steps.push(await this.tryEvent());
      if (tests.includes('api')) steps.push(await this.tryApi(code.value));
    } finally {
      world.authorizations.revoke(authorization);
    }
    return steps;
  }

  private async tryText(): Promise<ReleaseStep> {
    const text = 'TESTCOMPONENT_MSG_TYPE_TEXT';
    const push = await this.say(text);
    return this.step('text', push, replyProblem(push, `${text}_callback`));
  }

  private async tryEvent(): Promise<ReleaseStep> {
    const push = new Phone(this.world, this.person).event(this.given.app, 'LOCATION', {});
    await push.done;
    return this.step('event', push, replyProblem(push, 'LOCATIONfrom_callback'));
  }

  private async tryApi(code: string): Promise<ReleaseStep> {
    const push = await this.say(`QUERY_AUTH_CODE:${code}`);
    const outcome = push.attempts.at(-1)?.outcome;
    if (outcome !== 'empty') return this.step('api', push, `the push was answered with ${outcome ?? 'nothing'}, not empty`);
    const deadline = performance.now() + this.given.patienceMs;
    while (!this.hasArrived(`${code}_from_api`)) {
      if (performance.now() > deadline) {
        const exchanged = this.world.authorizations.wasExchanged(code);
        const what = exchanged ? 'the code was exchanged, but its text never came' : 'the code was never exchanged';
        return this.step('api', push, what);
      }
      await after(20, undefined, { ref: false });
    }
    return this.step('api', push, null);
  }

  private hasArrived(text: string): boolean {
    const { app } = this.given;
    const sent = this.world.outbox.to(app.appid, openidOf(this.person, app));
    return sent.some(({ kind, body }) => kind === 'custom' && contentOf(body['text']) === text);
  }

  private async say(text: string): Promise<Push> {
    const push = new Phone(this.world, this.person).say(this.given.app, 'text', { Content: text });
    await push.done;
    return push;
  }

  private step(test: ReleaseTest, push: Push, problem: string | null): ReleaseStep {
    return { test, appid: this.given.app.appid, problem, push };
  }
}

async function tryTicket(world: World, platform: Platform): Promise<ReleaseStep> {
  const push = world.componentTickets.push(platform);
  await push.done;
  const outcome = push.attempts.at(-1)?.outcome;
  const problem = outcome === 'success' ? null : `the ticket was answered with ${outcome ?? 'nothing'}, not success`;
  return { test: 'ticket', appid: platform.appid, problem, push };
}

function replyProblem(push: Push, expected: string): string | null {
  const attempt = push.attempts.at(-1);
  if (!push.reply) return `there was no reply but ${attempt?.problem ?? attempt?.outcome ?? push.state}`;
  if (push.reply['MsgType'] !== 'text') return 'the reply is no text';
  return push.reply['Content'] === expected ? null : `the reply is not ${expected}`;
}

const contentOf = (text: unknown): unknown =>
  typeof text === 'object' && text !== null && 'content' in text ? text.content : undefined;

/** The accounts are there from the first test on, so that those who never run one do not see them. */
function testApp(world: World, kind: 'official_account' | 'mini_program', { appid, originalId }: ReleaseTestApp): App {
  const known = world.apps.get(appid);
  if (known) return known;
  const made = { ...demoApp({ appid, kind, number: 99, name: '全网发布检测专用帐号' }), originalId, openPlatform: null };
  world.apps.set(appid, made);
  return made;
}

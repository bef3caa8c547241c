import { setTimeout as pause } from 'node:timers/promises';
import { demoProgram } from '../support/talking-house.js';
import { demoApp } from '../support/wechat.js';
import { until } from '../support/until.js';
import type { Caller } from './load.js';
import { type World, patience, pick } from './world.js';

const tokenOf = (appid: string): string => `/v1/apps/${appid}/access-token`;

/** Reads or reports a token, and sees that WeChat takes what comes. */
async function livingToken(world: World, path: string, report?: object): Promise<string> {
  const began = Date.now();
  const { body } = await (report ? world.ask('POST', path, { body: report }) : world.ask('GET', path));
  const token = String(body.access_token);
  const isTaken = await world.wechat.takes(token);
  // On a busy machine its life may be over before it is tried.
  const isOver = Date.now() - began > Number(body.expires_in) * 1_000;
  if (!isTaken && !isOver) throw new Error('WeChat refuses a token that was handed out');
  return token;
}

/** A service that calls WeChat with tokens of the gateway, and reports one that has been replaced meanwhile. */
export class ReadingTokens implements Caller {
  readonly name = 'tokens';
  private readonly last = new Map<string, string>();

  constructor(
    private readonly world: World,
    private readonly appids: readonly string[] = [demoApp, demoProgram],
  ) {}

  async turn(): Promise<void> {
    const appid = pick(this.appids);
    const former = this.last.get(appid);
    const token = await livingToken(this.world, tokenOf(appid));
    this.last.set(appid, token);
    if (former !== undefined && former !== token) await this.report(appid, former);
    await this.world.ask('GET', `/v1/apps/${demoApp}/jsapi-signature?url=http://127.0.0.1/`);
  }

  prove(): Promise<void> {
    return Promise.resolve();
  }

  private async report(appid: string, former: string): Promise<void> {
    const token = await livingToken(this.world, `${tokenOf(appid)}/rejections`, { access_token: former });
    if (token === former) throw new Error('A token that was replaced is handed out again');
  }
}

/** A token that somebody else's fetch kills. Each app suffers it once: WeChat rations what helps against it. */
export class LosingTokens implements Caller {
  readonly name = 'dead tokens';
  private count = 0;

  constructor(private readonly world: World) {}

  async turn(): Promise<void> {
    const { world } = this;
    const appid = `wxdead${(this.count++).toString(16).padStart(12, '0')}`;
    await world.wechat.control('POST', '/apps', { appid, kind: 'official_account' });
    await world.register(appid);
    const dead = await livingToken(world, tokenOf(appid));
    // Fetches of one app are apart by this, where the one before did not help.
    await pause(1_500);
    await world.wechat.control('POST', `/apps/${appid}/kill-tokens`, { line: 'stable' });
    const other = await livingToken(world, `${tokenOf(appid)}/rejections`, { access_token: dead });
    if (other === dead) throw new Error('A dead token that was reported is handed out again');
    // The other replica hears of it within a second.
    await until(
      () => Promise.all([1, 2, 3, 4].map(() => world.ask('GET', tokenOf(appid)))),
      (answers) => answers.every(({ body }) => body.access_token !== dead),
      patience,
    );
    await world.admin('DELETE', `/apps/${appid}?confirm=${appid}`, { expect: world.ended });
  }

  prove(): Promise<void> {
    return Promise.resolve();
  }
}

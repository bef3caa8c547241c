import { type App } from './apps.js';
import { type VirtualClock } from './clock.js';
import { Refusal } from './refusal.js';

export interface DayLimit {
  readonly normal: number;
  readonly sandbox: number;
  readonly perMinute?: number;
  /** Where it is not 45011. */
  readonly perMinuteErrcode?: number;
}

interface Use {
  day: number;
  used: number;
  minute: number;
  usedInMinute: number;
}

const resetsPerMonth = { all: 10, one: 50 };

/**
 * Calls by app, path and day of China.
 * https://developers.weixin.qq.com/doc/offiaccount/Message_Management/API_Call_Limits.html
 */
export class Quota {
  private readonly uses = new Map<string, Use>();
  private readonly overrides = new Map<string, { daily?: number; perMinute?: number }>();
  private readonly resets = new Map<string, number>();

  constructor(private readonly clock: VirtualClock) {}

  spend(app: Pick<App, 'appid' | 'sandbox'>, path: string, limit: DayLimit): void {
    const use = this.today(app.appid, path);
    const override = this.overrides.get(key(app.appid, path));
    if (use.used >= this.dailyLimit(app, path, limit)) throw new Refusal(45009);
    const perMinute = override?.perMinute ?? limit.perMinute ?? Infinity;
    if (use.usedInMinute >= perMinute) throw new Refusal(limit.perMinuteErrcode ?? 45011);
    use.used += 1;
    use.usedInMinute += 1;
  }

  giveBack(app: App, path: string): void {
    const use = this.today(app.appid, path);
    use.used -= 1;
    use.usedInMinute -= 1;
  }

  used(appid: string, path: string): number {
    return this.today(appid, path).used;
  }

  dailyLimit(app: Pick<App, 'appid' | 'sandbox'>, path: string, limit: DayLimit): number {
    return this.overrides.get(key(app.appid, path))?.daily ?? (app.sandbox ? limit.sandbox : limit.normal);
  }

  override(appid: string, path: string, limits: { daily?: number; perMinute?: number }): void {
    this.overrides.set(key(appid, path), limits);
  }

  /** Ten a month, whichever way it is asked for. */
  clearAll(appid: string): void {
    this.countReset(`all:${appid}`, resetsPerMonth.all);
    for (const name of this.uses.keys()) if (name.startsWith(`${appid} `)) this.uses.delete(name);
  }

  clearOne(appid: string, path: string): void {
    this.countReset(`one:${appid}`, resetsPerMonth.one);
    this.uses.delete(key(appid, path));
  }

  private countReset(name: string, most: number): void {
    const month = new Date(this.clock.now() + 8 * 3_600_000).toISOString().slice(0, 7);
    const count = this.resets.get(`${name}:${month}`) ?? 0;
    if (count >= most) throw new Refusal(48006);
    this.resets.set(`${name}:${month}`, count + 1);
  }

  private today(appid: string, path: string): Use {
    const use = this.uses.get(key(appid, path)) ?? { day: 0, used: 0, minute: 0, usedInMinute: 0 };
    if (use.day !== this.clock.chinaDay()) Object.assign(use, { day: this.clock.chinaDay(), used: 0 });
    if (use.minute !== this.clock.minute()) Object.assign(use, { minute: this.clock.minute(), usedInMinute: 0 });
    this.uses.set(key(appid, path), use);
    return use;
  }
}

const key = (appid: string, path: string): string => `${appid} ${path}`;

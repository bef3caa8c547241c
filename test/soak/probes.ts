import { setTimeout as pause } from 'node:timers/promises';
import { afterThisTest } from '../support/cleanup.js';
import { callbackToken, signedPush, textPush } from '../support/pusher.js';
import { demoApp } from '../support/wechat.js';
import type { Fleet, Replica } from './fleet.js';

/** Its pushes come from the probes alone. */
const probedApp = 'wx00000000000000bb';
const everyMilliseconds = 250;

export type ProbeKind = 'token' | 'push' | 'ready' | 'metrics';

export interface Probe {
  readonly kind: ProbeKind;
  readonly replica: number;
  /** When it was asked. */
  readonly at: number;
  readonly milliseconds: number;
  readonly status: number;
  readonly said: string;
}

/** Asks each replica by itself, at a steady pace and never twice, and measures: what WeChat and a load balancer would see. */
export class Probes {
  private readonly seen: Probe[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private acknowledged: { openid: string; at: number }[] = [];
  private count = 0;
  private isOver = false;

  private constructor(private readonly fleet: Fleet) {}

  /** The demo account must be registered. */
  static async begin(fleet: Fleet): Promise<Probes> {
    const app = { kind: 'official_account', name: 'Probed', secret: '0'.repeat(32), callback: { token: callbackToken } };
    await fleet.admin('PUT', `/apps/${probedApp}`, app);
    const probes = new Probes(fleet);
    await Promise.all(fleet.replicas.map((replica) => fleet.read(demoApp, replica)));
    const beating = probes.beat();
    afterThisTest(async () => {
      probes.isOver = true;
      await beating;
      await Promise.all(probes.underWay);
    });
    return probes;
  }

  /** Those that were asked since a moment and have their answer. */
  since(moment: number, kind: ProbeKind): Probe[] {
    return this.seen.filter((probe) => probe.kind === kind && probe.at >= moment);
  }

  /** The next push after a moment that each replica acknowledged, or nothing where one has not yet. */
  allTakePushesSince(moment: number): number | undefined {
    const first = this.fleet.replicas.map((_, replica) =>
      Math.min(
        ...this.since(moment, 'push')
          .filter((probe) => probe.replica === replica && probe.status === 200)
          .map(({ at, milliseconds }) => at + milliseconds),
      ),
    );
    const last = Math.max(...first);
    return Number.isFinite(last) ? last : undefined;
  }

  /** Ends, and says what was acknowledged and is not kept. */
  async lost(query: (sql: string, values: unknown[]) => Promise<{ openid: string }[]>): Promise<string[]> {
    this.isOver = true;
    await Promise.all(this.underWay);
    const kept = new Set((await query('SELECT openid FROM event WHERE appid = $1', [probedApp])).map(({ openid }) => openid));
    return this.acknowledged.map(({ openid }) => openid).filter((openid) => !kept.has(openid));
  }

  /** The database was put back to that moment, and has lost what was acknowledged since. */
  forget(since: number, until: number): void {
    this.acknowledged = this.acknowledged.filter(({ at }) => at < since || at > until);
  }

  private async beat(): Promise<void> {
    while (!this.isOver) {
      this.fleet.replicas.forEach((replica, number) => {
        const one: Promise<void> = this.askAll(replica, number).finally(() => this.underWay.delete(one));
        this.underWay.add(one);
      });
      await pause(everyMilliseconds);
    }
  }

  private async askAll({ url }: Replica, number: number): Promise<void> {
    const note = (kind: ProbeKind, path: string, wanted?: RequestInit) => this.note(kind, number, url + path, wanted);
    const openid = `oProbe${this.count++}`;
    const { query, body } = signedPush(textPush('probe', openid), { appid: probedApp });
    const [pushed] = await Promise.all([
      note('push', `/callbacks/${probedApp}?${query}`, { method: 'POST', body }),
      note('token', `/v1/apps/${demoApp}/access-token`, { headers: { authorization: `Bearer ${this.fleet.apiKey}` } }),
      note('ready', '/health/ready'),
      note('metrics', '/metrics'),
    ]);
    if (pushed === 200) this.acknowledged.push({ openid, at: Date.now() });
  }

  private async note(kind: ProbeKind, replica: number, url: string, wanted?: RequestInit): Promise<number> {
    const at = Date.now();
    const begun = performance.now();
    const [status, text] = await fetch(url, wanted).then(
      async (answer) => [answer.status, await answer.text()] as const,
      (error: Error) => [0, `${error.message} ${(error.cause as Error | undefined)?.message}`] as const,
    );
    const said = kind === 'metrics' ? '' : text;
    this.seen.push({ kind, replica, at, milliseconds: performance.now() - begun, status, said });
    return status;
  }
}

/** Half of them took less than the first, 99 of 100 less than the second, and all less than the third: in milliseconds. */
export function spread(probes: readonly Probe[]): { median: number; p99: number; longest: number } {
  const sorted = probes.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  return { median: at(0.5), p99: at(0.99), longest: at(1) };
}

import { type Simulator, type SimulatorOptions, startSimulator } from '../../apps/simulator/src/simulator.js';
import { afterThisTest } from './cleanup.js';
import type { TestGateway } from './gateway.js';

export interface SimulatedApp {
  readonly appid: string;
  readonly kind: string;
  readonly name: string;
  readonly secret: string;
}

interface CallCount {
  readonly appid: string | null;
  readonly path: string;
  readonly calls: number;
}

/** The account that the simulator's demo world begins with. */
export const demoApp = 'wx3cc8fd6963e31a32';

/** A WeChat of the test's own, and what a test does with it. */
export class TestWechat {
  private constructor(private readonly simulator: Simulator) {}

  static async start(options: SimulatorOptions = {}): Promise<TestWechat> {
    const simulator = await startSimulator(options);
    afterThisTest(() => simulator.close());
    return new TestWechat(simulator);
  }

  get url(): string {
    return this.simulator.url;
  }

  /** Settings that point a gateway here. */
  get env(): Record<string, string> {
    return { WECHAT_API_URL: this.url, WECHAT_OPEN_URL: this.url, WECHAT_MP_URL: this.url };
  }

  async control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/_sim${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} /_sim${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  app(appid = demoApp): Promise<SimulatedApp> {
    return this.control('GET', `/apps/${appid}`);
  }

  /** How often a path was called, for one app or for all. */
  async calls(path: string, appid?: string): Promise<number> {
    const counts = await this.control<CallCount[]>('GET', '/counters');
    return counts
      .filter((one) => one.path === path && (appid === undefined || one.appid === appid))
      .reduce((sum, one) => sum + one.calls, 0);
  }

  fault(fault: {
    path?: string;
    kind: string;
    count?: number;
    errcode?: number;
    errmsg?: string;
    status?: number;
    delay_ms?: number;
  }): Promise<unknown> {
    return this.control('POST', '/faults', fault);
  }

  passes(seconds: number): Promise<unknown> {
    return this.control('POST', '/clock', { advance_seconds: seconds });
  }

  /** Whether WeChat takes a token now. */
  async takes(accessToken: string): Promise<boolean> {
    const answer = await fetch(`${this.url}/cgi-bin/get_api_domain_ip?access_token=${encodeURIComponent(accessToken)}`);
    return !('errcode' in ((await answer.json()) as object));
  }

  /** Registers an app of the simulator in the gateway. */
  async registerIn(gateway: TestGateway, change: Record<string, unknown> = {}, appid = demoApp): Promise<void> {
    const { kind, name, secret } = await this.app(appid);
    const { status, text } = await gateway.admin(`/apps/${appid}`, { method: 'PUT', body: { kind, name, secret, ...change } });
    if (status !== 201 && status !== 200) throw new Error(text);
  }
}

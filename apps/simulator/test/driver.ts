import { type SimulatorOptions, startSimulator, type Simulator } from '../src/simulator.js';

export type Body = Readonly<Record<string, unknown>>;

export const officialAccount = {
  appid: 'wx3cc8fd6963e31a32',
  secret: 'decade00decade00decade0000000001',
  originalId: 'gh_decade000001',
};
export const website = { appid: 'wxdec0de0000000003', secret: 'decade00decade00decade0000000003' };
export const miniProgram = { appid: 'wxdec0de0000000002', secret: 'decade00decade00decade0000000002' };

export const platform = { appid: 'wxdec0de0000000004', secret: 'decade00decade00decade0000000004' };

/** A simulator of a test's own, its clock stopped, and the few requests that every test makes. */
export class Driver {
  private constructor(private readonly simulator: Simulator) {}

  static async start(options: SimulatorOptions = {}): Promise<Driver> {
    const driver = new Driver(await startSimulator({ seed: 'test', ...options }));
    await driver.control('POST', '/_sim/clock', { stopped: true });
    return driver;
  }

  /** A new world, its clock stopped too. */
  async reset(): Promise<void> {
    await this.control('POST', '/_sim/reset');
    await this.control('POST', '/_sim/clock', { stopped: true });
  }

  get url(): string {
    return this.simulator.url;
  }

  close(): Promise<void> {
    return this.simulator.close();
  }

  async get(path: string): Promise<Body> {
    return read(await fetch(this.url + path));
  }

  async post(path: string, body: unknown): Promise<Body> {
    return read(await fetch(this.url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }));
  }

  async control(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Body> {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(this.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as Body;
  }

  advance(seconds: number): Promise<Body> {
    return this.control('POST', '/_sim/clock', { advance_seconds: seconds });
  }

  classicToken(app = officialAccount): Promise<Body> {
    return this.get(`/cgi-bin/token?grant_type=client_credential&appid=${app.appid}&secret=${app.secret}`);
  }

  stableToken(force = false, app: { appid: string; secret: string } = officialAccount): Promise<Body> {
    const { appid, secret } = app;
    return this.post('/cgi-bin/stable_token', { grant_type: 'client_credential', appid, secret, force_refresh: force });
  }

  /** 0 while the token is good, else the errcode it gives. */
  async verdict(token: unknown): Promise<unknown> {
    return (await this.get(`/cgi-bin/getcallbackip?access_token=${String(token)}`))['errcode'] ?? 0;
  }

  authorizeUrl(given: { scope?: string; redirect?: string; state?: string; appid?: string } = {}): string {
    const redirect = encodeURIComponent(given.redirect ?? 'http://127.0.0.1:9/back');
    const { appid = officialAccount.appid, scope = 'snsapi_userinfo', state = 's1' } = given;
    const page = scope === 'snsapi_login' ? 'qrconnect' : 'oauth2/authorize';
    return `${this.url}/connect/${page}?appid=${appid}&redirect_uri=${redirect}&response_type=code&scope=${scope}&state=${state}#wechat_redirect`;
  }

  async freshCode(person = 'xiaoming', scope = 'snsapi_userinfo'): Promise<string> {
    const appid = scope === 'snsapi_login' ? website.appid : officialAccount.appid;
    const answer = await this.control('POST', `/_sim/people/${person}/authorize`, { url: this.authorizeUrl({ scope, appid }) });
    return String(answer['code']);
  }

  exchange(code: string, app: { appid: string; secret: string } = officialAccount): Promise<Body> {
    return this.get(
      `/sns/oauth2/access_token?appid=${app.appid}&secret=${app.secret}&code=${code}&grant_type=authorization_code`,
    );
  }
}

async function read(answer: Response): Promise<Body> {
  return JSON.parse(await answer.text()) as Body;
}

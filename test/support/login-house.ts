import { type Answer, TestGateway } from './gateway.js';
import { freePort } from './process.js';
import { TestWechat, demoApp } from './wechat.js';

export interface BegunLogin {
  readonly id: string;
  readonly qr_content: string;
  readonly qr_svg: string;
  readonly poll_token: string;
  readonly expires_at: string;
}

/** As a phone's browser says that it is WeChat. */
export const phoneAgent = 'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50';

/** A gateway that WeChat pushes to, and people with phones. */
export class LoginHouse {
  private constructor(
    readonly wechat: TestWechat,
    readonly gateway: TestGateway,
    readonly key: string,
    readonly keyId: string,
    readonly callback: { readonly token: string; readonly encoding_aes_key: string },
  ) {}

  static async build({ origins = [] as string[], env = {} } = {}): Promise<LoginHouse> {
    const wechat = await TestWechat.start();
    const port = await freePort();
    const gateway = await TestGateway.start({
      env: { ...wechat.env, PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, ...env },
    });
    const { callback } = await wechat.control<{ callback: { token: string; encoding_aes_key: string } }>(
      'GET',
      `/apps/${demoApp}`,
    );
    await wechat.registerIn(gateway, { callback: { token: callback.token, encoding_aes_key: callback.encoding_aes_key } });
    await wechat.control('PUT', `/apps/${demoApp}/callback`, {
      url: `${gateway.url}/callbacks/${demoApp}`,
      mode: 'safe',
    });
    const { key, id } = await gateway.makeKey({ scopes: ['login', 'qr', 'oauth', 'users:read'], origins });
    return new LoginHouse(wechat, gateway, key, id, callback);
  }

  /** Another replica, behind another address. */
  twin(): Promise<TestGateway> {
    return this.gateway.twin({ env: { ...this.wechat.env, PUBLIC_URL: this.gateway.url } });
  }

  ask(path: string, body: unknown, { key = this.key, at = this.gateway } = {}): Promise<Answer> {
    return at.ask(path, { method: 'POST', key, body });
  }

  async begin(wanted: Record<string, unknown> = {}, how: { key?: string; at?: TestGateway } = {}): Promise<BegunLogin> {
    const answer = await this.ask(`/v1/apps/${demoApp}/qr-logins`, { binding: 'session-1', ...wanted }, how);
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body as unknown as BegunLogin;
  }

  /** The address of a login page that a site asks for. */
  async page(wanted: Record<string, unknown> = {}, how: { key?: string; at?: TestGateway } = {}): Promise<string> {
    const asked = { binding: 'session-1', return_to: 'https://shop.example.com/back', state: 'f3a9', ...wanted };
    const { status, body, text } = await this.ask(`/v1/apps/${demoApp}/login-pages`, asked, how);
    if (status !== 201) throw new Error(text);
    return String(body.url);
  }

  poll({ id, poll_token }: BegunLogin, { wait = 0, at = this.gateway } = {}): Promise<Answer> {
    return at.ask(`/v1/qr-logins/${id}${wait ? `?wait=${wait}` : ''}`, { key: poll_token });
  }

  async status(login: BegunLogin): Promise<unknown> {
    return (await this.poll(login)).body.status;
  }

  redeem(login_code: unknown, { binding = 'session-1', key = this.key, at = this.gateway } = {}): Promise<Answer> {
    return this.ask('/v1/qr-logins/redeem', { login_code, binding }, { key, at });
  }

  /** Scans a code with a phone; what the account answers in the chat. */
  async scan(person: string, { qr_content }: { qr_content: string }): Promise<string> {
    const { push } = await this.wechat.control<{ push: { reply: { Content?: string } | null } }>(
      'POST',
      `/people/${person}/scan`,
      {
        content: qr_content,
      },
    );
    return JSON.stringify(push.reply ?? '');
  }

  /** Opens the link of a message in the WeChat of a person and answers the question. Gives what the page says then. */
  async decide(person: string, message: string, decision: 'agree' | 'deny'): Promise<string> {
    const phone = new Phone(person);
    const asked = await phone.open(linkIn(message));
    if (!asked.text.includes('decision')) return asked.text;
    return (await phone.post(asked.url, `decision=${decision}`)).text;
  }

  /** The confirm page, as the one who scanned sees it. */
  async confirmPage(person: string, message: string): Promise<string> {
    return (await new Phone(person).open(linkIn(message))).text;
  }

  async openid(person: string): Promise<string> {
    const people = await this.wechat.control<{ id: string; accounts: { appid: string; openid: string }[] }[]>('GET', '/people');
    return people.find((one) => one.id === person)?.accounts.find(({ appid }) => appid === demoApp)?.openid ?? '';
  }
}

export const linkIn = (message: string): string => /http:\/\/[^"\\<> ]+\/login\/confirm\/[\w.-]+/.exec(message)?.[0] ?? '';

/** A browser, with its cookies. */
export class FetchBrowser {
  readonly cookies = new Map<string, string>();

  constructor(private readonly userAgent = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36') {}

  async open(address: string, headers: Record<string, string> = {}): Promise<Shown> {
    let url = address;
    for (let turn = 0; turn < 10; turn++) {
      const answer = await fetch(url, { redirect: 'manual', headers: { ...this.headers(), ...headers } });
      this.keep(answer);
      const location = answer.headers.get('location');
      if (location === null) return { url, status: answer.status, headers: answer.headers, text: await answer.text() };
      url = new URL(location.split('#')[0] ?? '', url).href;
    }
    throw new Error(`Redirected without end from ${address}`);
  }

  async post(url: string, body: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
    const type = 'application/x-www-form-urlencoded';
    const answer = await fetch(url, { method: 'POST', body, headers: { ...this.headers(), 'content-type': type, ...headers } });
    return { status: answer.status, text: await answer.text() };
  }

  private headers(): Record<string, string> {
    return {
      accept: 'text/html,*/*',
      'user-agent': this.userAgent,
      cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    };
  }

  private keep(answer: Response): void {
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.cookies.set(name, value);
    }
  }
}

/** WeChat's browser on somebody's phone. */
export class Phone extends FetchBrowser {
  constructor(person: string) {
    super(phoneAgent);
    this.cookies.set('wechat_person', person);
  }
}

interface Shown {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

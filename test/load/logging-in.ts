import { Phone, linkIn } from '../support/login-house.js';
import { demoApp } from '../support/wechat.js';
import { until } from '../support/until.js';
import type { Caller } from './load.js';
import { type World, makePerson, patience, pick } from './world.js';

/** A person who logs in by scanning the account's code: agrees on the page each second time. */
export class ScanningIn implements Caller {
  readonly name = 'QR logins';
  private openid = '';
  private count = 0;

  constructor(
    private readonly world: World,
    private readonly person: string,
  ) {}

  async turn(): Promise<void> {
    this.openid ||= await makePerson(this.world.wechat, this.person);
    const key = pick(this.world.keys);
    const binding = `${this.person}-${this.count++}`;
    const confirm = this.count % 2 === 0 ? 'page' : 'none';
    const { body } = await this.world.ask('POST', `/v1/apps/${demoApp}/qr-logins`, {
      key,
      body: { binding, confirm, ttl_seconds: 600 },
      expect: [201],
    });
    const login = { id: String(body.id), pollToken: String(body.poll_token) };
    const login_code = await this.codeOf(login, () => this.scan(String(body.qr_content), confirm === 'page'));
    const redeem = (expect: number[]) =>
      this.world.ask('POST', '/v1/qr-logins/redeem', { key, body: { login_code, binding }, expect });
    const { status, body: redeemed } = await redeem(this.world.answersGetLost ? [200, 409] : [200]);
    if (status === 200 && redeemed.openid !== this.openid)
      throw new Error(`${this.openid} logged in as ${String(redeemed.openid)}`);
    await redeem([409]);
  }

  /** Each login was proven in its turn. */
  prove(): Promise<void> {
    return Promise.resolve();
  }

  private async scan(content: string, mustAgree: boolean): Promise<void> {
    const scan = () =>
      this.world.wechat.control<{ push: { reply: object | null } }>('POST', `/people/${this.person}/scan`, { content });
    const linkOf = async () => linkIn(JSON.stringify((await scan()).push.reply ?? ''));
    const link = await linkOf();
    if (mustAgree && link === '' && this.world.answersGetLost) return;
    // An answer that missed its budget says nothing; whoever scans again is asked again.
    if (mustAgree) await this.agree(link || (await until(linkOf, (seen) => seen !== '', patience)));
  }

  /** As a browser does it: whatever the form holds goes along. */
  private async agree(link: string): Promise<void> {
    const phone = new Phone(this.person);
    const { url, text } = await phone.open(link);
    const inputs = text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
    const hidden = [...inputs].map(([, name = '', value = '']): [string, string] => [name, value]);
    const decided = await phone.post(url, new URLSearchParams([...hidden, ['decision', 'agree']]).toString());
    if (!decided.text.includes('outcome agreed')) throw new Error(`The decision was answered ${decided.status} ${decided.text}`);
  }

  /** Where answers get lost, so does the push of a scan: whoever sees nothing happen scans again. */
  private async codeOf({ id, pollToken }: { id: string; pollToken: string }, scan: () => Promise<void>): Promise<string> {
    const { answersGetLost } = this.world;
    if (!answersGetLost) await scan();
    const poll = async () => {
      const { body } = await this.world.ask('GET', `/v1/qr-logins/${id}`, { key: pollToken });
      if (answersGetLost && body.status !== 'confirmed') await scan().catch(() => undefined);
      return body;
    };
    const confirmed = await until(poll, ({ status }) => status === 'confirmed', patience);
    return String(confirmed.login_code);
  }
}

/** A person who opens a site inside WeChat, and its server, which exchanges the code. */
export class WebLogins implements Caller {
  readonly name = 'web logins';
  private openid = '';
  private readonly used: string[] = [];

  constructor(
    private readonly world: World,
    private readonly person: string,
  ) {}

  async turn(): Promise<void> {
    this.openid ||= await makePerson(this.world.wechat, this.person);
    const oauth = `/v1/apps/${demoApp}/oauth`;
    const query = new URLSearchParams({ redirect_uri: 'http://127.0.0.1/back', scope: 'snsapi_userinfo', state: 'S1' });
    const { body } = await this.world.ask('GET', `${oauth}/authorize-url?${query.toString()}`);
    const { code } = await this.world.wechat.control<{ code: string }>('POST', `/people/${this.person}/authorize`, {
      url: body.url,
    });
    const { body: person } = await this.world.ask('POST', `${oauth}/exchange`, { body: { code } });
    if (person.openid !== this.openid) throw new Error(`${this.openid} logged in as ${String(person.openid)}`);
    this.used.push(code);
    // By the tokens that whichever release keeps.
    await this.world.ask('GET', `${oauth}/users/${this.openid}`);
    await this.world.ask('GET', `/v1/apps/${demoApp}/users/${this.openid}/record`);
    await this.world.ask('POST', `${oauth}/exchange`, { body: { code: pick(this.used.slice(-50)) }, expect: [409] });
  }

  prove(): Promise<void> {
    return Promise.resolve();
  }
}

import type { Answer, TestGateway } from './gateway.js';
import { until } from './until.js';
import { TestWechat } from './wechat.js';

/** The platform that the simulator's demo world begins with. */
export const demoPlatform = 'wxdec0de0000000004';

interface SimulatedPlatform {
  readonly appid: string;
  readonly name: string;
  readonly secret: string;
  readonly token: string;
  readonly encoding_aes_key: string;
}

export interface Agreed {
  readonly redirect_url: string;
  readonly auth_code: string;
  readonly push: { readonly id: string } | null;
}

export interface SimulatedAuthorization {
  readonly appid: string;
  readonly permission_sets: number[];
  readonly refresh_token: string;
}

/** A third-party platform of the simulator, registered in a gateway, and the authorizers that authorise it. */
export class TestPlatform {
  private constructor(
    readonly wechat: TestWechat,
    readonly gateway: TestGateway,
    readonly key: string,
    readonly appid: string,
    readonly callback: { readonly token: string; readonly aesKey: string },
  ) {}

  static async register(
    wechat: TestWechat,
    gateway: TestGateway,
    {
      appid = demoPlatform,
      pushes = true,
      scopes = ['platform', 'token:read', 'qr', 'users:read', 'oauth'],
    }: { appid?: string; pushes?: boolean; scopes?: string[] } = {},
  ): Promise<TestPlatform> {
    if (appid !== demoPlatform) await wechat.control('POST', '/platforms', { appid });
    const it = await wechat.control<SimulatedPlatform>('GET', `/platforms/${appid}`);
    const { status, text } = await gateway.admin('/apps', {
      method: 'POST',
      body: {
        appid,
        kind: 'third_party_platform',
        name: it.name,
        secret: it.secret,
        callback: { token: it.token, encoding_aes_key: it.encoding_aes_key },
      },
    });
    if (status !== 201) throw new Error(text);
    const { key } = await gateway.makeKey({ scopes });
    const platform = new TestPlatform(wechat, gateway, key, appid, { token: it.token, aesKey: it.encoding_aes_key });
    if (pushes)
      await platform.change({
        event_url: `${gateway.url}/callbacks/${appid}`,
        message_url: `${gateway.url}/callbacks/${appid}/$APPID$`,
      });
    if (pushes) await platform.hasTicket();
    return platform;
  }

  ask(path: string, question: { method?: string; body?: unknown } = {}): Promise<Answer> {
    return this.gateway.ask(path, { key: this.key, ...question });
  }

  change(more: object): Promise<unknown> {
    return this.wechat.control('PATCH', `/platforms/${this.appid}`, more);
  }

  async status(): Promise<Record<string, unknown>> {
    return (await this.gateway.admin(`/platforms/${this.appid}`)).body;
  }

  async hasTicket(): Promise<void> {
    await until(
      () => this.status(),
      (seen) => (seen.ticket as { status?: string } | undefined)?.status !== 'missing',
    );
  }

  link(order: object = {}, gateway = this.gateway): Promise<Answer> {
    return gateway.ask(`/v1/platforms/${this.appid}/authorization-links`, { method: 'POST', key: this.key, body: order });
  }

  /** The authorizer's administrator opens a page of WeChat's and agrees. */
  agree(authorizer: string, url: string, more: object = {}): Promise<Agreed> {
    return this.wechat.control('POST', `/apps/${authorizer}/authorize-platform`, { url, ...more });
  }

  /** What the browser then asks of the gateway, whatever its address outside. */
  comeBack(redirectUrl: string, gateway = this.gateway): Promise<Answer> {
    const url = new URL(redirectUrl);
    return gateway.ask(url.pathname + url.search);
  }

  /** In WeChat's console, without a page of ours. */
  authorize(authorizer: string, more: object = {}): Promise<SimulatedAuthorization & { push: { id: string } | null }> {
    return this.wechat.control('PUT', `/platforms/${this.appid}/authorizers/${authorizer}`, more);
  }

  revoke(authorizer: string, query = ''): Promise<{ id: string }> {
    return this.wechat.control('DELETE', `/platforms/${this.appid}/authorizers/${authorizer}${query}`);
  }

  async standing(authorizer: string): Promise<SimulatedAuthorization | undefined> {
    const all = await this.wechat.control<SimulatedAuthorization[]>('GET', `/platforms/${this.appid}/authorizers`);
    return all.find(({ appid }) => appid === authorizer);
  }

  async authorizer(authorizer: string, gateway = this.gateway): Promise<Record<string, unknown>> {
    return (await gateway.ask(`/v1/platforms/${this.appid}/authorizers/${authorizer}`, { key: this.key })).body;
  }

  hasStatus(authorizer: string, status: string): Promise<Record<string, unknown>> {
    return until(
      () => this.authorizer(authorizer),
      (seen) => seen.status === status,
    );
  }

  read(appid: string, gateway = this.gateway): Promise<Answer> {
    return gateway.ask(`/v1/apps/${appid}/access-token`, { key: this.key });
  }
}

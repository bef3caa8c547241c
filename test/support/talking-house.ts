import { type Answer, TestGateway, type TestGatewayOptions } from './gateway.js';
import { TestWechat, demoApp } from './wechat.js';

export const demoProgram = 'wxdec0de0000000002';

export interface Inbox {
  readonly msgid: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A gateway for an account and a mini program, which WeChat pushes to, and a key that may do what is asked. */
export class TalkingHouse {
  private constructor(
    readonly wechat: TestWechat,
    readonly gateway: TestGateway,
    readonly key: string,
  ) {}

  static async build({ scopes, env = {}, ...options }: TestGatewayOptions & { scopes: string[] }): Promise<TalkingHouse> {
    const wechat = await TestWechat.start();
    const gateway = await TestGateway.start({ ...options, env: { ...wechat.env, ...env } });
    for (const appid of [demoApp, demoProgram]) {
      const { callback } = await wechat.control<{ callback: { token: string; encoding_aes_key: string } }>(
        'GET',
        `/apps/${appid}`,
      );
      const { token, encoding_aes_key } = callback;
      await wechat.registerIn(gateway, { callback: { token, encoding_aes_key } }, appid);
      await wechat.control('PUT', `/apps/${appid}/callback`, { url: `${gateway.url}/callbacks/${appid}`, mode: 'safe' });
    }
    const { key } = await gateway.makeKey({ scopes });
    return new TalkingHouse(wechat, gateway, key);
  }

  ask(path: string, question: { method?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer> {
    const method = question.method ?? (question.body === undefined ? 'GET' : 'POST');
    return this.gateway.ask(`/v1/apps/${path}`, { key: this.key, ...question, method });
  }

  async openid(person: string, appid = demoApp): Promise<string> {
    const people = await this.wechat.control<{ id: string; accounts: { appid: string; openid: string }[] }[]>('GET', '/people');
    const found = people.find(({ id }) => id === person)?.accounts.find((one) => one.appid === appid);
    if (!found) throw new Error(`${person} is nobody to ${appid}`);
    return found.openid;
  }

  /** What a person does with the phone, or a mini program for them. */
  act<T = unknown>(person: string, action: string, body: Record<string, unknown> = {}): Promise<T> {
    return this.wechat.control('POST', `/people/${person}/${action}`, { appid: demoApp, ...body });
  }

  inbox(person: string, appid = demoApp): Promise<Inbox[]> {
    return this.wechat.control('GET', `/people/${person}/inbox?appid=${appid}`);
  }

  switch(switches: Record<string, unknown>): Promise<unknown> {
    return this.wechat.control('PATCH', '/switches', switches);
  }
}

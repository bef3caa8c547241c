import { setTimeout as pause } from 'node:timers/promises';
import { adminToken } from '../support/gateway.js';
import { callbackToken } from '../support/pusher.js';
import { demoProgram } from '../support/talking-house.js';
import { type TestWechat, demoApp } from '../support/wechat.js';

export interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

interface Asked {
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** The statuses that are right; any other is thrown. */
  readonly expect?: number[];
}

/** Its pushes come from the test, in clear; those of the demo account come from the simulator, sealed. */
export const pushedApp = 'wx00000000000000aa';

/** How long callers wait for what must come: nothing here measures time, and the machine may be busy. */
export const patience = 120_000;

const scopes = [
  'token:read',
  'jssdk',
  'oauth',
  'users:read',
  'qr',
  'login',
  'messages:send',
  'mini_program',
  'events:read',
  'webhooks',
  'quota',
];

/** What all callers share: the one address of the gateway, WeChat behind it, and the keys that were made. */
export class World {
  /** Made by whichever release was serving. */
  readonly keys: string[] = [];

  constructor(
    readonly url: string,
    readonly wechat: TestWechat,
    /** A request that was answered 503 may have been done all the same, so its repeat may find it done. */
    readonly answersGetLost: boolean,
  ) {}

  static async prepare(url: string, wechat: TestWechat, { answersGetLost = false } = {}): Promise<World> {
    const world = new World(url, wechat, answersGetLost);
    const body = { kind: 'official_account', name: 'A', secret: '0'.repeat(32), callback: { token: callbackToken } };
    await world.admin('PUT', `/apps/${pushedApp}`, { body, expect: [200, 201] });
    for (const appid of [demoApp, demoProgram]) {
      const { callback } = await wechat.control<{ callback: { token: string; encoding_aes_key: string } }>(
        'GET',
        `/apps/${appid}`,
      );
      const { token, encoding_aes_key } = callback;
      const pages = appid === demoApp ? { jsapi_url_prefixes: ['http://127.0.0.1/'] } : {};
      await world.register(appid, { callback: { token, encoding_aes_key }, ...pages });
      await wechat.control('PUT', `/apps/${appid}/callback`, { url: `${url}/callbacks/${appid}`, mode: 'safe' });
    }
    await world.makeKey();
    return world;
  }

  async makeKey(): Promise<void> {
    const { body } = await this.admin('POST', '/api-keys', { body: { name: 'caller', appids: '*', scopes }, expect: [201] });
    this.keys.push(String(body.key));
  }

  /** Of a request that ends something. */
  get ended(): number[] {
    return this.answersGetLost ? [204, 404] : [204];
  }

  /** Registers an app as the simulator has it. */
  async register(appid: string, more: object = {}): Promise<void> {
    const { kind, name, secret } = await this.wechat.app(appid);
    await this.admin('PUT', `/apps/${appid}`, { body: { kind, name, secret, ...more }, expect: [200, 201] });
  }

  admin(method: string, path: string, asked: Asked = {}): Promise<Told> {
    return this.ask(method, `/admin/v1${path}`, { key: adminToken, ...asked });
  }

  /** With any of the keys, unless one is named. Asks again when it is told to come back, as every caller should. */
  async ask(method: string, path: string, { key = pick(this.keys), body, headers, expect = [200] }: Asked = {}): Promise<Told> {
    const wanted: RequestInit = {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const end = Date.now() + patience;
    let tries = 0;
    const once = async () => {
      tries++;
      const answer = await fetch(this.url + path, wanted);
      return { answer, text: await answer.text() };
    };
    // Where answers get lost, whoever was to answer may be gone with them.
    const again = (error: Error) => {
      if (!this.answersGetLost) throw error;
      if (Date.now() > end) throw new Error(`${method} ${path}: ${tries} times without an answer`, { cause: error });
      return { answer: new Response(null, { status: 503 }), text: '' };
    };
    let { answer, text } = await once().catch(again);
    for (; answer.status === 503 && Date.now() < end; { answer, text } = await once().catch(again)) await pause(200);
    if (!expect.includes(answer.status)) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 400)}`);
    const isJson = answer.headers.get('content-type')?.includes('json') === true && text !== '';
    return { status: answer.status, text, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }

  /** Every item of a list, page by page. */
  async all<T>(path: string, key?: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `${path.includes('?') ? '&' : '?'}limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await this.ask('GET', path + query, key === undefined ? {} : { key });
      const page = body as unknown as { items: T[]; next_cursor: string | null };
      items.push(...page.items);
      cursor = page.next_cursor;
    }
    return items;
  }
}

export function pick<T>(among: readonly T[]): T {
  const one = among[Math.floor(Math.random() * among.length)];
  if (one === undefined) throw new Error('There is none to pick');
  return one;
}

/** Makes a person who follows the demo account, and answers with the openid. */
export async function makePerson(wechat: TestWechat, id: string): Promise<string> {
  const { accounts } = await wechat.control<{ accounts: { appid: string; openid: string }[] }>('POST', '/people', {
    id,
    name: id,
    follows: [demoApp],
  });
  return accounts.find(({ appid }) => appid === demoApp)?.openid ?? '';
}

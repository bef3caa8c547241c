import { type Answer, TestGateway, type TestGatewayOptions } from './gateway.js';
import { type PushOptions, callbackToken, encodingAesKey, signedPush } from './pusher.js';
import { Receiver } from './receiver.js';
import { until } from './until.js';

export const appid = 'wx00000000000000aa';
export const otherAppid = 'wx00000000000000bb';

export interface MadeWebhook {
  readonly id: string;
  readonly secret: string;
  readonly receiver: Receiver;
  readonly body: Record<string, unknown>;
}

/** A gateway with two apps, to whose loopback webhooks may be sent. */
export class WebhookHouse {
  constructor(
    readonly gateway: TestGateway,
    readonly key: string,
  ) {}

  static async build(options: TestGatewayOptions & { callback?: object } = {}): Promise<WebhookHouse> {
    const { callback = { token: callbackToken, encoding_aes_key: encodingAesKey, mode: 'plain' }, ...others } = options;
    const gateway = await TestGateway.start({ ...others, env: { WEBHOOK_ALLOW: '127.0.0.0/8', ...others.env } });
    for (const [id, original] of [
      [appid, 'gh_97417a04a28d'],
      [otherAppid, 'gh_97417a04a28e'],
    ]) {
      const body = { appid: id, kind: 'official_account', name: 'A', secret: '0'.repeat(32), original_id: original, callback };
      const { status, text } = await gateway.admin('/apps', { method: 'POST', body });
      if (status !== 201) throw new Error(text);
    }
    const { key } = await gateway.makeKey({ scopes: ['webhooks', 'events:read', 'messages:send', 'users:read'] });
    return new WebhookHouse(gateway, key);
  }

  ask(path: string, method = 'GET', body?: unknown, key = this.key): Promise<Answer> {
    return this.gateway.ask(`/v1${path}`, { method, key, ...(body !== undefined && { body }) });
  }

  async webhook(terms: Record<string, unknown> = {}, at?: Receiver, key = this.key): Promise<MadeWebhook> {
    const receiver = at ?? (await Receiver.start());
    const order = { url: `${receiver.url}/hook`, appids: [appid], types: '*', ...terms };
    const { status, text, body } = await this.ask('/webhooks', 'POST', order, key);
    if (status !== 201) throw new Error(text);
    return { id: String(body.id), secret: String(body.secret), receiver, body };
  }

  async push(xml: string, { to = this.gateway, ...options }: Partial<PushOptions> & { to?: TestGateway } = {}): Promise<string> {
    const { query, body } = signedPush(xml, { appid, ...options });
    const path = `/callbacks/${options.appid ?? appid}?${query}`;
    const { status, text } = await to.ask(path, { method: 'POST', body, headers: { 'content-type': 'text/xml' } });
    if (status !== 200) throw new Error(text);
    return text;
  }

  /** Moves everything that waits for its time into the past by so much: the database's clock is the one that counts. */
  async passes(seconds: number): Promise<void> {
    await this.gateway.database.query("UPDATE webhook_delivery SET due_at = due_at - $1 * interval '1 second'", [seconds]);
  }

  async deliveries(): Promise<{ state: string; attempts: number; step: number; wait: number | null }[]> {
    return this.gateway.database.query(
      'SELECT state, attempts, step, extract(epoch FROM due_at - now())::float8 AS wait FROM webhook_delivery ORDER BY seq, webhook_id',
    );
  }

  async delivered(count: number): Promise<void> {
    await until(
      async () => (await this.deliveries()).filter(({ state }) => state === 'delivered').length,
      (seen) => seen >= count,
    );
  }
}

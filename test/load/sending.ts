import { demoApp } from '../support/wechat.js';
import { until } from '../support/until.js';
import type { Caller } from './load.js';
import { type Told, type World, makePerson, patience, pick } from './world.js';

const path = `/v1/apps/${demoApp}/template-messages`;
/** Each of them may be lost in its turn, and holds up the next. */
const attemptsMax = 5;
export const orderShipped = 'simulator-order-shipped-0000000000000000001';

interface Order {
  readonly number: string;
  /** A name of a request is good with the key that it came with. */
  readonly key: string;
  id: string;
  at: number;
}

interface Inbox {
  readonly msgid: string;
  readonly body: { readonly data: { readonly character_string1: { readonly value: string } } };
}

/** A shop that tells of orders by template messages, and repeats its requests. */
export class Sending implements Caller {
  readonly name = 'messages';
  private readonly orders: Order[] = [];
  /** What came at the person's, by the number of the order: the numbers of WeChat. */
  private readonly arrived = new Map<string, Set<string>>();
  private openid = '';

  constructor(
    private readonly world: World,
    private readonly person: string,
  ) {}

  async turn(): Promise<void> {
    this.openid ||= await makePerson(this.world.wechat, this.person);
    const order = { number: `${this.person}-${this.orders.length}`, key: pick(this.world.keys), id: '', at: 0 };
    const answers = await Promise.all([this.sent(order), this.sent(order)]);
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => String(body.id)));
    if (ids.size !== 1) throw new Error(`Order ${order.number} has the messages ${[...ids].join(', ')}`);
    this.orders.push(Object.assign(order, { id: [...ids].join(), at: Date.now() }));
    await this.repeat(pick(this.orders));
    // The simulator remembers only so many messages.
    if (this.orders.length % 50 === 0) await this.lookAtThePhone();
  }

  /** The shop does not know what was lost, and repeats what it is not sure of: within ten minutes WeChat knows it. */
  async lose(since: number): Promise<void> {
    for (const order of this.orders.filter(({ at }) => at >= since)) {
      const { body } = await this.sent(order);
      order.id = String(body.id);
    }
  }

  async prove(): Promise<void> {
    await this.lookAtThePhone();
    const doubtful = this.orders.filter(({ number }) => this.arrived.get(number)?.size !== 1);
    if (doubtful.length > 0 || this.arrived.size !== this.orders.length)
      throw new Error(
        `Of ${this.orders.length} orders ${this.arrived.size} came; not once: ${doubtful.map(({ number }) => number).join()}`,
      );
    for (const { id, key } of this.orders)
      await until(
        () => this.world.ask('GET', `${path}/${id}`, { key }),
        // WeChat reports three times within some seconds, and never again.
        ({ body }) => body.status === 'delivered' || (this.world.answersGetLost && body.status === 'sent'),
        patience,
      );
  }

  /** Where answers get lost, an earlier attempt may hold the message for a minute, and WeChat knows the repeat. */
  private async sent(order: Order): Promise<Told> {
    const send = () => this.send(order);
    if (!this.world.answersGetLost) return send();
    return until(send, ({ status }) => status === 201, attemptsMax * patience);
  }

  /** Odd ones are named by WeChat's own name for a repeat, the others by ours. */
  private send({ number, key }: Order): Promise<Told> {
    const isOdd = number.endsWith('1');
    const data = { character_string1: { value: number }, thing2: { value: '茶杯' }, time3: { value: '2026年1月1日 15:01' } };
    return this.world.ask('POST', path, {
      key,
      body: { touser: this.openid, template_id: orderShipped, data, ...(isOdd && { client_msg_id: number }) },
      ...(!isOdd && { headers: { 'idempotency-key': number } }),
      // The other of two at once may be told to ask again shortly.
      expect: this.world.answersGetLost ? [201, 409, 504] : [201, 409],
    });
  }

  private async repeat(order: Order): Promise<void> {
    const { status, body } = await this.sent(order);
    if (status !== 201 || body.id !== order.id) throw new Error(`Order ${order.number} was ${order.id}: ${JSON.stringify(body)}`);
  }

  private async lookAtThePhone(): Promise<void> {
    const inbox = await this.world.wechat.control<Inbox[]>('GET', `/people/${this.person}/inbox?appid=${demoApp}`);
    for (const { msgid, body } of inbox) {
      const number = body.data.character_string1.value;
      this.arrived.set(number, (this.arrived.get(number) ?? new Set()).add(msgid));
    }
  }
}

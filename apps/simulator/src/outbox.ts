import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { Shelf } from './shelf.js';

export type SentKind = 'template' | 'subscribe' | 'custom';

/** A message that an app sent, as it lies in the chat of the person. */
export interface SentMessage {
  readonly msgid: string;
  readonly appid: string;
  readonly openid: string;
  readonly kind: SentKind;
  readonly at: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const idempotentSeconds = 600;
const kept = 2_000;

/** Everything apps sent to people, the oldest first. */
export class Outbox {
  private readonly messages: SentMessage[] = [];
  private readonly byClientId = new Shelf<SentMessage>(20_000);

  constructor(
    private readonly clock: VirtualClock,
    private readonly chance: Chance,
  ) {}

  put(message: Omit<SentMessage, 'msgid' | 'at'>): SentMessage {
    // Beyond 2^53, as real ones of today are.
    const sent = { ...message, msgid: `4${this.chance.digits(18)}`, at: this.clock.seconds() };
    this.messages.push(sent);
    if (this.messages.length > kept) this.messages.shift();
    const name = clientName(sent);
    if (name !== undefined) this.byClientId.put(name, sent);
    return sent;
  }

  /** The message that was sent to this person under the same client_msg_id within ten minutes. */
  repeated(wanted: Pick<SentMessage, 'appid' | 'openid' | 'body'>): SentMessage | undefined {
    const name = clientName(wanted);
    const former = name === undefined ? undefined : this.byClientId.get(name);
    return former && this.clock.seconds() < former.at + idempotentSeconds ? former : undefined;
  }

  to(appid: string, openid: string): readonly SentMessage[] {
    return this.messages.filter((message) => message.appid === appid && message.openid === openid);
  }
}

function clientName({ appid, openid, body }: Pick<SentMessage, 'appid' | 'openid' | 'body'>): string | undefined {
  const id = body['client_msg_id'];
  return typeof id === 'string' && id !== '' ? `${appid} ${openid} ${id}` : undefined;
}

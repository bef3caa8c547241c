import { MessageEnvelope, sortedSha1 } from '#wechat-crypto';
import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { type PushFault } from './faults.js';
import { type Mailbox } from './mailbox.js';
import { type Message, messageJson, messageXml, subscribeEventIn } from './push-message.js';
import { type Switches } from './switches.js';

export interface Delivery {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What of the world a delivery is made with. */
export interface DeliveryWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly switches: Switches;
}

/** One attempt, signed and sealed. The query keeps WeChat's order. */
export function prepareDelivery(
  world: DeliveryWorld,
  mailbox: Mailbox,
  parcel: { message: Message; openid: string; fault?: PushFault | undefined },
): Delivery {
  const { token, mode, format } = mailbox;
  const timestamp = String(world.clock.seconds());
  const nonce = world.chance.digits(9 + ((world.chance.bytes(1)[0] ?? 0) % 2));
  const form = world.switches.subscribe_event_json;
  const write = (message: Message): string =>
    format === 'json' ? messageJson(subscribeEventIn(form, message)) : messageXml(message);
  const misSigned = (signature: string): string => (parcel.fault?.kind === 'mis_sign' ? world.chance.hex(40) : signature);
  const query = new URLSearchParams({
    signature: misSigned(sortedSha1([token, timestamp, nonce])),
    timestamp,
    nonce,
    // What is about no person has none.
    ...(parcel.openid === '' ? {} : { openid: parcel.openid }),
  });
  let message = parcel.message;
  if (mode !== 'plain') {
    const encrypt = seal(world, mailbox, { text: write(message), fault: parcel.fault });
    query.set('encrypt_type', 'aes');
    query.set('msg_signature', misSigned(sortedSha1([token, timestamp, nonce, encrypt])));
    const receiver = mailbox.kind === 'platform' ? { AppId: mailbox.appid } : { ToUserName: mailbox.originalId };
    message = mode === 'safe' ? { ...receiver, Encrypt: encrypt } : { ...message, Encrypt: encrypt };
  }
  const headers = {
    'user-agent': world.switches.push_user_agent,
    accept: '*/*',
    'content-type': format === 'json' ? 'application/json' : 'text/xml',
  };
  return { url: withQuery(mailbox.url ?? '', query), body: write(message), headers };
}

/** Adds to the address as it was configured, which may have a query of its own. */
export const withQuery = (url: string, query: URLSearchParams): string =>
  `${url}${url.includes('?') ? '&' : '?'}${query.toString()}`;

function seal(world: DeliveryWorld, mailbox: Mailbox, content: { text: string; fault: PushFault | undefined }): string {
  const wrongKey = content.fault?.kind === 'wrong_key';
  const wrongReceiver = content.fault?.kind === 'wrong_receive_id';
  const envelope = new MessageEnvelope({
    encodingAesKey: wrongKey ? world.chance.alphanumeric(43) : mailbox.aesKey,
    receiveId: wrongReceiver ? 'wx0000000000000000' : mailbox.receiveId,
  });
  // Real pushes carry sixteen hex digits here, though any bytes would do.
  return envelope.seal(content.text, Buffer.from(world.chance.hex(16), 'latin1'));
}

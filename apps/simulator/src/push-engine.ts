import { setTimeout as after } from 'node:timers/promises';
import { type App } from './apps.js';
import { type FaultQueue, type PushFault } from './faults.js';
import { send } from './http-post.js';
import { type Journal } from './journal.js';
import { eventMailboxOf, type Mailbox, mailboxOf } from './mailbox.js';
import { type Platform } from './platforms.js';
import { type PlatformAuthorizations } from './platform-authorizations.js';
import { type DeliveryWorld, prepareDelivery } from './push-delivery.js';
import { type Message } from './push-message.js';
import { readReply, type ReplyVerdict } from './push-reply.js';

export interface Attempt {
  readonly at: number;
  readonly url: string;
  readonly request_body: string;
  readonly status: number | null;
  readonly response_body: string;
  readonly milliseconds: number;
  readonly outcome: 'success' | 'empty' | 'reply' | 'bad_reply' | 'timeout' | 'no_connection' | 'status';
  readonly problem: string | null;
}

export interface Push {
  readonly id: string;
  readonly appid: string;
  readonly openid: string;
  /** For people: `SCAN`, `text`. */
  readonly label: string;
  readonly message: Message;
  readonly attempts: Attempt[];
  state: 'sending' | 'held' | 'delivered' | 'failed' | 'no_callback';
  reply: Readonly<Record<string, unknown>> | null;
  /** Settles with the last attempt. */
  done: Promise<void>;
}

interface Parcel {
  readonly openid: string;
  readonly message: Message;
  readonly label: string;
}

const kept = 500;

interface PushWorld extends DeliveryWorld {
  readonly authorizations: PlatformAuthorizations;
  readonly pushFaults: FaultQueue<PushFault>;
  readonly journal: Journal;
}

/**
 * Pushes to callback URLs: signed anew for each attempt, five seconds each, three in all, and the answer read.
 * https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
 */
export class PushEngine {
  readonly pushes: Push[] = [];
  private readonly held = new Map<string, () => void>();
  private readonly mailboxes = new WeakMap<Push, Mailbox>();
  private count = 0;

  constructor(private readonly world: PushWorld) {}

  push(app: App, parcel: Parcel): Push {
    return this.start(mailboxOf(app, this.world.authorizations.readerOf(app)), parcel);
  }

  /** A ticket, or what became of an authorisation. */
  pushToPlatform(platform: Platform, parcel: Parcel & { withhold?: boolean | undefined }): Push {
    return this.start(eventMailboxOf(platform), parcel);
  }

  find(id: string): Push | undefined {
    return this.pushes.find((push) => push.id === id);
  }

  /** The same message once more, signed anew; also of one that was withheld. */
  repeat(push: Push): Push {
    const mailbox = this.mailboxes.get(push);
    return mailbox ? this.start(mailbox, { openid: push.openid, label: push.label, message: push.message }) : push;
  }

  private start(mailbox: Mailbox, { withhold, ...parcel }: Parcel & { withhold?: boolean | undefined }): Push {
    const push: Push = {
      ...parcel,
      id: String(++this.count),
      appid: mailbox.appid,
      attempts: [],
      state: withhold ? 'held' : 'sending',
      reply: null,
      done: Promise.resolve(),
    };
    this.pushes.push(push);
    this.mailboxes.set(push, mailbox);
    if (this.pushes.length > kept) this.pushes.shift();
    if (mailbox.url === null) push.state = 'no_callback';
    else if (!withhold) push.done = this.deliver(mailbox, push).catch((bug: unknown) => this.giveUp(push, bug));
    return push;
  }

  private async deliver(mailbox: Mailbox, push: Push): Promise<void> {
    const fault = this.world.pushFaults.take(mailbox.appid);
    if (fault?.kind === 'reorder') return this.hold(mailbox, push);
    if (fault?.kind === 'delay') await after(fault.delay_ms, undefined, { ref: false });
    await this.attemptAll(mailbox, push, fault);
    if (fault?.kind === 'duplicate') await this.attemptAll(mailbox, push, fault);
    this.held.get(mailbox.appid)?.();
  }

  /** Nobody may be waiting for the push, and an error that nobody takes would end the process. */
  private giveUp(push: Push, bug: unknown): void {
    push.state = 'failed';
    console.error(`Push ${push.id} could not be sent`, bug);
  }

  /** Waits for the next push of the app, and goes out after it. */
  private hold(mailbox: Mailbox, push: Push): Promise<void> {
    push.state = 'held';
    this.held.get(mailbox.appid)?.();
    return new Promise((resolve, reject) => {
      this.held.set(mailbox.appid, () => {
        this.held.delete(mailbox.appid);
        push.state = 'sending';
        void this.attemptAll(mailbox, push, undefined).then(resolve, reject);
      });
    });
  }

  private async attemptAll(mailbox: Mailbox, push: Push, fault: PushFault | undefined): Promise<void> {
    const { switches } = this.world;
    const prepare = () => prepareDelivery(this.world, mailbox, { ...push, fault });
    const first = prepare();
    for (let number = 1; number <= switches.push_attempts; number++) {
      const delivery = number === 1 || !switches.push_repeats_resign ? first : prepare();
      const attempt = await this.attempt(mailbox, push, delivery);
      push.attempts.push(attempt);
      const { outcome } = attempt;
      this.world.journal.add({
        kind: 'push',
        push_id: push.id,
        appid: mailbox.appid,
        label: push.label,
        attempt: number,
        outcome,
      });
      push.state = ['success', 'empty', 'reply'].includes(outcome) ? 'delivered' : 'failed';
      if (push.state === 'delivered' || !this.isRepeated(outcome)) return;
    }
  }

  private isRepeated(outcome: Attempt['outcome']): boolean {
    if (outcome === 'bad_reply') return this.world.switches.push_retries_bad_reply;
    return outcome === 'timeout' || this.world.switches.push_retries_error_status;
  }

  private async attempt(mailbox: Mailbox, push: Push, delivery: ReturnType<typeof prepareDelivery>): Promise<Attempt> {
    const started = performance.now();
    const deadlineMs = this.world.switches.push_deadline_ms;
    const answer = await send(delivery.url, { method: 'POST', headers: delivery.headers, body: delivery.body, deadlineMs });
    const common = {
      at: this.world.clock.seconds(),
      url: delivery.url,
      request_body: delivery.body,
      milliseconds: Math.round(performance.now() - started),
      response_body: answer.kind === 'answer' ? answer.body.slice(0, 20_000) : '',
      status: answer.kind === 'answer' ? answer.status : null,
      problem: answer.kind === 'no_connection' ? answer.reason : null,
    };
    if (answer.kind !== 'answer') return { ...common, outcome: answer.kind };
    if (answer.status < 200 || answer.status > 299) return { ...common, outcome: 'status' };
    const verdict: ReplyVerdict = await readReply(answer.body, mailbox, push.openid);
    if (verdict.kind === 'reply') push.reply = verdict.fields;
    return { ...common, outcome: verdict.kind, problem: verdict.kind === 'bad_reply' ? verdict.problem : null };
  }
}

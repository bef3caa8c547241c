import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IdempotencyKeyReused, RequestInFlight, hashOfBody } from '#access';
import { Apps } from '#app';
import { Randomness } from '#runtime';
import { AccessTokens } from '#token';
import { type CallingApp, WechatBusy, type WechatCall, WechatHttp, type WechatMessage, mayBeDone } from '#wechat';
import { Repository } from 'typeorm';
import { ClientMsgIdReused, OutcomeUnknown, SendNotRepeated } from './message-errors.js';
import { type MessageKind, SentMessage } from './sent-message.entity.js';

/** How a repeat of the same request is known: by what the caller says of the message, or of the request. */
export interface RepeatNames {
  readonly clientMsgId?: string | undefined;
  readonly requestKey?: string | undefined;
}

export interface Order extends RepeatNames {
  readonly appid: string;
  readonly kind: MessageKind;
  readonly openid: string;
  readonly templateId?: string | undefined;
  readonly message: WechatMessage;
}

/** Ours to send; unless it was sent already. */
type ClaimedMessage = SentMessage & {
  /** An attempt before this request may have sent it. */
  readonly wasTried: boolean;
};

export type Send = WechatCall<'app', [message: WechatMessage], string | null>;

/** Longer than all attempts of one request may take. */
const heldSeconds = 60;
/** WeChat knows a client_msg_id for ten minutes. */
const repeatableMinutes = 9;
const busyPausesMilliseconds = [250, 800];
/** Ten minutes at least, while the database is away. */
const notePauseMilliseconds = 2_000;
const notesLater = 300;

/**
 * Sends each message once. The row is claimed before WeChat is asked, so of two equal requests one sends; what WeChat
 * did not answer is never sent again, unless WeChat itself will know it for a repeat.
 */
@Injectable()
export class Sends {
  private readonly log = new Logger('Sends');

  constructor(
    @InjectRepository(SentMessage) private readonly rows: Repository<SentMessage>,
    private readonly apps: Apps,
    private readonly tokens: AccessTokens,
    private readonly wechat: WechatHttp,
    private readonly randomness: Randomness,
  ) {}

  async send(order: Order, send: Send): Promise<{ id: string; msgid: string | null }> {
    await this.apps.getEnabled(order.appid);
    const claimed = await this.claim(order);
    if (claimed.status === 'sent') return claimed;
    // One lost answer is enough, in this request or an earlier one: what WeChat says later tells nothing of that attempt.
    let mayBeSent = claimed.wasTried;
    const attempt = async (app: CallingApp): Promise<string | null> => {
      const message = order.kind === 'template' ? { ...order.message, client_msg_id: claimed.clientMsgId } : order.message;
      try {
        return await this.wechat.call(send, app, message);
      } catch (error) {
        mayBeSent ||= mayBeDone(error);
        throw error;
      }
    };
    try {
      const msgid = await this.tokens.callAs(order.appid, (app) => this.patiently(order.kind, () => attempt(app)));
      await this.settle(claimed, msgid);
      return { id: claimed.id, msgid };
    } catch (error) {
      const mine = { appid: order.appid, id: claimed.id, attempt: claimed.attempt };
      if (!mayBeSent) {
        // Nothing was sent, so nothing stands in the way of trying again.
        await this.noting(() => this.rows.delete(mine));
        throw error;
      }
      await this.noting(() => this.rows.update(mine, { status: 'unknown' }));
      this.log.warn(`It is unknown whether message ${claimed.id} of ${order.appid} was sent: ${(error as Error).message}`);
      throw mayBeDone(error) ? new OutcomeUnknown(claimed.id, order.kind === 'template' && claimed.name !== null) : error;
    }
  }

  private async claim(order: Order): Promise<ClaimedMessage> {
    const id = `msg_${this.randomness.word(20)}`;
    const name = nameOf(order);
    const bodyHash = hashOfBody(order.message);
    const [claimed] = await this.rows.query<SentMessage[]>(
      `INSERT INTO sent_message AS earlier
         (id, appid, kind, openid, template_id, name, body_hash, client_msg_id, status, attempt, held_until)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'sending', $9, now() + make_interval(secs => $10))
       ON CONFLICT (appid, name) DO UPDATE
          SET status = 'sending', attempt = excluded.attempt, held_until = excluded.held_until
        WHERE earlier.body_hash = excluded.body_hash AND earlier.kind = 'template'
          AND earlier.created_at > now() - make_interval(mins => $11)
          AND (earlier.status = 'unknown' OR earlier.status = 'sending' AND earlier.held_until < now())
       RETURNING appid, id, name, status, msgid, attempt, client_msg_id AS "clientMsgId"`,
      [
        id,
        order.appid,
        order.kind,
        order.openid,
        order.templateId ?? null,
        name,
        bodyHash,
        order.kind === 'template' ? (order.clientMsgId ?? derivedFrom(order, bodyHash) ?? id) : null,
        this.randomness.word(12),
        heldSeconds,
        repeatableMinutes,
      ],
    );
    return claimed ? { ...claimed, wasTried: claimed.id !== id } : { ...(await this.earlier(order, bodyHash)), wasTried: true };
  }

  /** Somebody else's attempt at the same message. */
  private async earlier(order: Order, bodyHash: string): Promise<SentMessage> {
    const [earlier] = await this.rows.query<(SentMessage & { isHeld: boolean })[]>(
      `SELECT id, msgid, status, body_hash AS "bodyHash", held_until > now() AS "isHeld"
         FROM sent_message WHERE appid = $1 AND name = $2`,
      [order.appid, nameOf(order)],
    );
    if (!earlier) throw new RequestInFlight();
    if (earlier.bodyHash !== bodyHash)
      throw order.clientMsgId === undefined ? new IdempotencyKeyReused() : new ClientMsgIdReused();
    if (earlier.status === 'sent') return earlier;
    if (earlier.status === 'sending' && earlier.isHeld) throw new RequestInFlight();
    throw new SendNotRepeated(earlier.id);
  }

  private settle({ appid, id, attempt }: SentMessage, msgid: string | null): Promise<void> {
    return this.noting(() => this.rows.update({ appid, id, attempt }, { status: 'sent', msgid, sentAt: () => 'now()' }));
  }

  /** The caller is told what happened at WeChat, whatever happens to our note of it. */
  private async noting(note: () => Promise<unknown>): Promise<void> {
    await note().catch((error: Error) => {
      this.log.warn(`The result of sending a message waits for the database: ${error.message}`);
      void this.noteLater(note);
    });
  }

  /** It is written under the attempt that it belongs to, so it cannot come too late. */
  private async noteLater(note: () => Promise<unknown>): Promise<void> {
    for (let tries = notesLater; tries > 0; tries--) {
      await pause(notePauseMilliseconds, undefined, { ref: false });
      const isNoted = await note().then(
        () => true,
        () => false,
      );
      if (isNoted) return;
    }
    this.log.warn('The result of sending a message was not recorded: the database was away for too long');
  }

  /** What WeChat was too busy for is tried again; what it did not answer only where it would know the repeat. */
  private async patiently<T>(kind: MessageKind, ask: () => Promise<T>): Promise<T> {
    const pauses = [...busyPausesMilliseconds];
    let mayRepeat = kind === 'template';
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const isLost = mayBeDone(error);
        const milliseconds = pauses.shift();
        if (milliseconds === undefined || !(error instanceof WechatBusy || (isLost && mayRepeat))) throw error;
        if (isLost) mayRepeat = false;
        await pause(milliseconds * (0.5 + this.randomness.fraction()));
      }
    }
  }
}

/** The same for a repeat, also where the database has lost what it knew of the first: WeChat then still knows it. */
function derivedFrom({ appid, requestKey }: Order, bodyHash: string): string | undefined {
  if (requestKey === undefined) return undefined;
  return createHash('sha256').update(`${appid}\0${requestKey}\0${bodyHash}`).digest('hex').slice(0, 32);
}

function nameOf({ clientMsgId, requestKey, openid }: Order): string | null {
  if (clientMsgId !== undefined) return `client ${openid} ${clientMsgId}`;
  return requestKey === undefined ? null : `request ${requestKey}`;
}

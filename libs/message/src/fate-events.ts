import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EventHandler, EventHandlers, type KeptEvent } from '#callback';
import type { EntityManager } from 'typeorm';
import type { Fate } from './message-fate.entity.js';

interface Report {
  readonly msgid: string;
  readonly fate: Fate;
  readonly detail: string;
}

/** WeChat reports what became of a message. The first report stands. */
@Injectable()
export class FateEvents implements EventHandler, OnModuleInit {
  readonly name = 'messages';
  readonly kinds = ['template-sent', 'subscribe-messages-sent'] as const;

  constructor(private readonly handlers: EventHandlers) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async handle({ appid, push }: KeptEvent, transaction: EntityManager): Promise<void> {
    for (const { msgid, fate, detail } of reportsOf(push))
      await transaction.query(
        `INSERT INTO message_fate (appid, msgid, fate, detail, reported_at) VALUES ($1, $2, $3, $4, now())
         ON CONFLICT (appid, msgid) DO NOTHING`,
        [appid, msgid, fate, detail],
      );
  }
}

function reportsOf(push: KeptEvent['push']): Report[] {
  if (push.kind === 'template-sent') return [{ msgid: push.msgId, fate: push.fate, detail: push.detail }];
  if (push.kind !== 'subscribe-messages-sent') return [];
  return push.sent
    .filter(({ msgId }) => msgId !== '')
    .map(({ msgId, errorCode, detail }) => ({ msgid: msgId, fate: errorCode === '0' ? 'delivered' : 'failed', detail }));
}

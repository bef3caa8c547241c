import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Lifecycle } from '#runtime';
import { Settings } from '#settings';
import { Users } from '#user';
import { Repository } from 'typeorm';
import { MessageNotFound } from './message-errors.js';
import type { Fate } from './message-fate.entity.js';
import { type MessageKind, type SendStatus, SentMessage } from './sent-message.entity.js';

export interface MessageState {
  readonly id: string;
  readonly msgid: string | null;
  readonly status: SendStatus | Fate;
  readonly openid: string;
  readonly templateId: string | null;
  readonly clientMsgId: string | null;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  readonly reportedAt: Date | null;
  readonly detail: string | null;
}

const namesKeptHours = 24;

/** What became of messages, and their deletion when their time is over. */
@Injectable()
export class SentMessages implements OnModuleInit {
  constructor(
    @InjectRepository(SentMessage) private readonly rows: Repository<SentMessage>,
    private readonly users: Users,
    private readonly lifecycle: Lifecycle,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.users.eraseAlso(async (transaction, who) => void (await transaction.delete(SentMessage, who)));
  }

  async get(wanted: { appid: string; kind: MessageKind; id: string }): Promise<MessageState> {
    const [state] = await this.rows.query<MessageState[]>(
      `SELECT id, msgid, coalesce(fate.fate, message.status) AS status, openid, template_id AS "templateId",
              client_msg_id AS "clientMsgId", created_at AS "createdAt", sent_at AS "sentAt",
              fate.reported_at AS "reportedAt", fate.detail
         FROM sent_message AS message LEFT JOIN message_fate AS fate USING (appid, msgid)
        WHERE appid = $1 AND kind = $2 AND id = $3`,
      [wanted.appid, wanted.kind, wanted.id],
    );
    if (!state) throw new MessageNotFound();
    return state;
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query(
      'UPDATE sent_message SET name = NULL WHERE name IS NOT NULL AND created_at < now() - make_interval(hours => $1)',
      [namesKeptHours],
    );
    const days = [this.settings.messagesKeptDays];
    await this.rows.query('DELETE FROM sent_message WHERE created_at < now() - make_interval(days => $1)', days);
    await this.rows.query('DELETE FROM message_fate WHERE reported_at < now() - make_interval(days => $1)', days);
  }
}

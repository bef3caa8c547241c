import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EventHandler, EventHandlers, type KeptEvent } from '#callback';
import { AccessTokens } from '#token';
import {
  type PassiveReply,
  type PushFields,
  codeTest,
  codeTestMessage,
  eventNameIn,
  eventTestAnswer,
  sendCustomerMessage,
  testUserName,
  textTestAnswer,
} from '#wechat';
import type { EntityManager } from 'typeorm';
import type { ClaimedCode } from './authorization-codes.js';

/** The tests that WeChat runs before a platform's release, answered without anybody's doing. */
@Injectable()
export class ReleaseTestAnswers implements EventHandler, OnModuleInit {
  readonly name = 'platform-release-tests';
  readonly kinds = ['text', 'place', 'menu-click', 'menu-view', 'subscribe', 'scan'] as const;
  readonly answers = true;

  constructor(
    private readonly handlers: EventHandlers,
    private readonly tokens: AccessTokens,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  concerns(appid: string): boolean {
    return testUserName(appid) !== undefined;
  }

  async handle({ appid, seq, push }: KeptEvent, transaction: EntityManager): Promise<PassiveReply | undefined> {
    // The code itself was taken out before the event was kept; what it asks for is sent when it was exchanged.
    if (push.kind === 'text' && push.content === codeTest) return { kind: 'empty' };
    const content =
      push.kind === 'text'
        ? textTestAnswer(appid, push.content)
        : eventTestAnswer(appid, await this.nameOfEvent(transaction, { appid, seq }));
    return content === undefined ? undefined : { kind: 'text', content };
  }

  /** After the code was exchanged and what it stands for kept. */
  async sendCode({ authorizer, answerTo, code }: ClaimedCode): Promise<void> {
    if (authorizer === null || answerTo === null || code === null) return;
    const message = { touser: answerTo, msgtype: 'text', text: { content: codeTestMessage(code) } };
    await this.tokens.call(sendCustomerMessage, authorizer, message);
  }

  private async nameOfEvent(transaction: EntityManager, { appid, seq }: { appid: string; seq: string }): Promise<string> {
    const [row] = await transaction.query<{ data: PushFields | null }[]>('SELECT data FROM event WHERE appid = $1 AND seq = $2', [
      appid,
      seq,
    ]);
    return eventNameIn(row?.data ?? null);
  }
}

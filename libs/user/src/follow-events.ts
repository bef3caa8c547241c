import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EventHandler, EventHandlers, type KeptEvent, KeptEvents } from '#callback';
import type { EntityManager } from 'typeorm';
import { Users } from './users.js';

/** Keeps who follows and who no longer does, from WeChat's events. */
@Injectable()
export class FollowEvents implements EventHandler, OnModuleInit {
  readonly name = 'users';
  readonly kinds = ['subscribe', 'unsubscribe', 'user-cancelled'] as const;

  constructor(
    private readonly users: Users,
    private readonly handlers: EventHandlers,
    private readonly events: KeptEvents,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
    this.users.eraseAlso((transaction, who) => this.events.forgetPerson(transaction, who));
  }

  async handle({ appid, push }: KeptEvent, transaction: EntityManager): Promise<void> {
    if (push.kind === 'subscribe' || push.kind === 'unsubscribe') {
      const follows = { state: push.kind === 'subscribe', since: push.at, asOf: push.at };
      await this.users.see(appid, [{ openid: push.openid, follows }], transaction);
    }
    // They closed their account, and WeChat demands that nothing of them is kept.
    if (push.kind === 'user-cancelled') await this.users.forget(appid, push.openid, transaction);
  }
}

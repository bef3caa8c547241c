import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Accounts } from '#account';
import { type EventHandler, EventHandlers, type KeptEvent } from '#callback';
import type { EntityManager } from 'typeorm';
import { Authorizations } from './authorizations.js';

/** An account took back what it allowed: nothing is called in its name any more. */
@Injectable()
export class Revocations implements EventHandler, OnModuleInit {
  readonly name = 'platform-revocations';
  readonly kinds = ['platform-unauthorized'] as const;

  constructor(
    private readonly handlers: EventHandlers,
    private readonly accounts: Accounts,
    private readonly authorizations: Authorizations,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async handle({ appid, push }: KeptEvent, transaction: EntityManager): Promise<void> {
    if (push.kind !== 'platform-unauthorized' || push.platform !== appid) return;
    if ((await this.accounts.get(appid)).kind !== 'third_party_platform') return;
    await this.authorizations.revoke(transaction, { appid: push.authorizer, platform: appid }, push.at);
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Apps } from '#app';
import { type EventHandler, EventHandlers, type KeptEvent } from '#callback';
import { AccessTokens } from '#token';
import { describeAuthorizer, isNotAuthorized } from '#wechat';
import type { EntityManager } from 'typeorm';
import { Authorizations } from './authorizations.js';
import type { Whose } from './platform-authorization.entity.js';

/** An authorizer took back what it allowed: nothing is called in its name any more. */
@Injectable()
export class Revocations implements EventHandler, OnModuleInit {
  readonly name = 'platform-revocations';
  readonly kinds = ['platform-unauthorized'] as const;

  constructor(
    private readonly handlers: EventHandlers,
    private readonly apps: Apps,
    private readonly authorizations: Authorizations,
    private readonly tokens: AccessTokens,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async handle({ appid, push }: KeptEvent, transaction: EntityManager): Promise<void> {
    if (push.kind !== 'platform-unauthorized' || push.platform !== appid) return;
    if ((await this.apps.get(appid)).kind !== 'third_party_platform') return;
    const whose = { appid: push.authorizer, platform: appid };
    const isOver = await this.isOver(whose, push.at);
    await this.authorizations.revoke(transaction, whose, { at: push.at, isOver });
  }

  /** WeChat's times are whole seconds. Where it was authorised in the very second in which it was revoked, WeChat is asked. */
  private async isOver(whose: Whose, at: Date): Promise<boolean> {
    const row = await this.authorizations.find(whose);
    if (!row?.stands || row.asOf.getTime() !== at.getTime()) return false;
    try {
      await this.tokens.call(describeAuthorizer, whose.platform, whose.appid);
      return false;
    } catch (error) {
      if (isNotAuthorized(error)) return true;
      throw error;
    }
  }
}

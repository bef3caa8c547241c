import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EventHandler, EventHandlers, type KeptEvent } from '#callback';
import type { EntityManager } from 'typeorm';
import { WebAuthorization } from './web-authorization.entity.js';

/** A person took back what they allowed: the tokens for it are deleted at once. */
@Injectable()
export class RevocationEvents implements EventHandler, OnModuleInit {
  readonly name = 'web-auth';
  readonly kinds = ['authorization-revoked'] as const;

  constructor(private readonly handlers: EventHandlers) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async handle({ appid, openid, push }: KeptEvent, transaction: EntityManager): Promise<void> {
    const whose = push.kind === 'authorization-revoked' ? push.openid : openid;
    if (whose === null) return;
    await transaction.update(
      WebAuthorization,
      { appid, openid: whose },
      { sealedAccessToken: null, sealedRefreshToken: null, accessExpiresAt: null, leasedUntil: null, fence: () => 'fence + 1' },
    );
  }
}

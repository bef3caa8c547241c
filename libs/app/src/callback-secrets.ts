import { Injectable } from '@nestjs/common';
import { Clock } from '#runtime';
import { Vault } from '#vault';
import { Apps } from './apps.js';
import type { App } from './app.entity.js';
import { type CallbackSecret, openFormer } from './former-callback.js';

/** The callback of an app in the clear: the current generation first, then the one before while it is accepted. */
@Injectable()
export class CallbackSecrets {
  constructor(
    private readonly apps: Apps,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  async of(app: App): Promise<CallbackSecret[]> {
    const token = await this.apps.reveal(app, 'callbackToken');
    if (token === undefined) return [];
    const encodingAesKey = (await this.apps.reveal(app, 'callbackEncodingAesKey')) ?? null;
    const former = app.callbackFormer;
    if (!former || new Date(former.until) <= this.clock.now()) return [{ token, encodingAesKey }];
    return [{ token, encodingAesKey }, await openFormer(this.vault, app.appid, former)];
  }
}

import { Injectable } from '@nestjs/common';
import type { ReceivedPush, WechatPush } from '#wechat';

/** The app that a push is for, and the platform whose secrets proved it, if that is another. */
export interface PushTarget {
  readonly appid: string;
  readonly via: string | undefined;
}

/** Stores the secret that a push carries in its own place. The event is kept after this, without the secret. */
export interface SecretKeeper {
  readonly kinds: readonly WechatPush['kind'][];
  /** Resolves after its commit. It is called for repeats too, and for any app. */
  keep(target: PushTarget, push: ReceivedPush): Promise<void>;
}

@Injectable()
export class SecretKeepers {
  private readonly keepers: SecretKeeper[] = [];

  register(keeper: SecretKeeper): void {
    this.keepers.push(keeper);
  }

  async keep(target: PushTarget, push: ReceivedPush): Promise<void> {
    for (const keeper of this.keepers) if (keeper.kinds.includes(push.event.kind)) await keeper.keep(target, push);
  }
}

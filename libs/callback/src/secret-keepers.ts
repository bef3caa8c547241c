import { Injectable } from '@nestjs/common';
import type { ReceivedPush, WechatPush } from '#wechat';

/** Where a push came: the app it is for, and the platform whose secrets proved it, where that is another. */
export interface PushTarget {
  readonly appid: string;
  readonly via: string | undefined;
}

/** Takes the secret that a push carries into a place of its own. The event is kept without it, and only after this. */
export interface SecretKeeper {
  readonly kinds: readonly WechatPush['kind'][];
  /** Committed when it is done. Called for repeats too, and for whatever app the push came to. */
  keep(target: PushTarget, push: ReceivedPush): Promise<void>;
}

/** Rooms above register here. */
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

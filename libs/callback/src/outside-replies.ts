import { Injectable } from '@nestjs/common';
import type { PushReply } from '#wechat';

/** A kept push that a service outside may answer. */
export interface AskedPush {
  readonly appid: string;
  readonly seq: string;
  readonly type: string;
  readonly openid: string | null;
  readonly wasEncrypted: boolean;
  readonly format: 'xml' | 'json';
}

/** A room that knows services outside which may answer. They are asked last, after the handlers and the app's rules. */
export interface OutsideReplier {
  /** From memory, since each push waits for it. */
  isAsked(push: { appid: string; type: string }): Promise<boolean>;
  /** Starts as soon as the push is kept. It may take longer than the answer can wait. */
  ask(push: AskedPush): Promise<PushReply | undefined>;
  /** Called if the push was answered without the reply. */
  sendLate(push: AskedPush, reply: PushReply): Promise<void>;
}

@Injectable()
export class OutsideReplies {
  private replier: OutsideReplier | undefined;

  register(replier: OutsideReplier): void {
    if (this.replier) throw new Error('Somebody asks services outside already');
    this.replier = replier;
  }

  async isAsked(push: { appid: string; type: string }): Promise<boolean> {
    return (await this.replier?.isAsked(push)) ?? false;
  }

  async ask(push: AskedPush): Promise<PushReply | undefined> {
    return this.replier?.ask(push);
  }

  async sendLate(push: AskedPush, reply: PushReply): Promise<void> {
    await this.replier?.sendLate(push, reply);
  }
}

import { Injectable } from '@nestjs/common';
import type { PassiveReply, WechatPush } from '#wechat';
import type { EntityManager } from 'typeorm';
import type { KeptEvent } from './event.entity.js';

export interface EventHandler {
  /** Never changes, because tasks that wait in the database name it. */
  readonly name: string;
  readonly kinds: readonly WechatPush['kind'][];
  /** If absent, the handler gets the events of all apps. */
  concerns?(appid: string): boolean;
  /** The answer to WeChat waits for this handler as long as there is time. */
  readonly answers?: true;
  /**
   * What it writes through the transaction is written once, because the task is deleted in the same one. It is called again
   * after a failure or a crash, and for one person in the order of their events.
   */
  handle(event: KeptEvent, transaction: EntityManager): Promise<PassiveReply | undefined | void>;
  /** Its reply reached nobody: it came too late for the answer, and WeChat did not take it as a message. */
  lost?(event: KeptEvent, transaction: EntityManager): Promise<void>;
}

@Injectable()
export class EventHandlers {
  private readonly handlers = new Map<string, EventHandler>();

  register(handler: EventHandler): void {
    if (this.handlers.has(handler.name)) throw new Error(`Two handlers are called ${handler.name}`);
    this.handlers.set(handler.name, handler);
  }

  get names(): string[] {
    return [...this.handlers.keys()];
  }

  named(name: string): EventHandler | undefined {
    return this.handlers.get(name);
  }

  /** In the order of registration, which is the order in which they may answer. */
  of({ kind }: WechatPush, appid: string): EventHandler[] {
    return [...this.handlers.values()].filter((handler) => handler.kinds.includes(kind) && (handler.concerns?.(appid) ?? true));
  }
}

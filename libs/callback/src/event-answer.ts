import { Appid, Json, Text, Time, exampleOpenid } from '#api';
import type { Event } from './event.entity.js';

export class EventAnswer {
  @Text({ example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z' }) id!: string;
  @Appid() appid!: string;
  @Text('`message.` and the MsgType, or `event.` and the lower_snake of Event; `event.unknown` for what could not be read', {
    example: 'event.scan',
  })
  type!: string;
  @Text('The sender', { nullable: true, example: exampleOpenid }) openid!: string | null;
  @Time('What WeChat says', { nullable: true }) occurred_at!: string | null;
  @Time({ example: '2026-01-31T12:00:00.412Z' }) received_at!: string;
  @Json("WeChat's fields by WeChat's names, long numbers as text; null for what could not be read", {
    nullable: true,
    example: { ToUserName: 'gh_97417a04a28d', FromUserName: exampleOpenid, MsgType: 'event', Event: 'SCAN', EventKey: 'shop-17' },
  })
  data!: Record<string, unknown> | null;
}

/** What is shown of an event, wherever it is shown. */
export type ShownEvent = Pick<Event, 'id' | 'appid' | 'type' | 'openid' | 'occurredAt' | 'receivedAt'> & {
  readonly data: Record<string, unknown> | null;
};

export const eventAnswer = (event: ShownEvent): EventAnswer => ({
  id: event.id,
  appid: event.appid,
  type: event.type,
  openid: event.openid,
  occurred_at: event.occurredAt?.toISOString() ?? null,
  received_at: event.receivedAt.toISOString(),
  data: event.data,
});

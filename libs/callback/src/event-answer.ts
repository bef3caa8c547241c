import { ApiProperty } from '@nestjs/swagger';
import { exampleAppid, exampleOpenid } from '#api';
import type { Event } from './event.entity.js';

export class EventAnswer {
  @ApiProperty({ example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z' })
  id!: string;

  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({
    description:
      '`message.` and the MsgType, or `event.` and the lower_snake of Event; `event.unknown` for what could not be read',
    example: 'event.scan',
  })
  type!: string;

  @ApiProperty({ description: 'The sender', type: String, nullable: true, example: exampleOpenid })
  openid!: string | null;

  @ApiProperty({
    description: 'What WeChat says',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-01-31T12:00:00.000Z',
  })
  occurred_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:00.412Z' })
  received_at!: string;

  @ApiProperty({
    description: "WeChat's fields by WeChat's names, long numbers as text; null for what could not be read",
    type: 'object',
    additionalProperties: true,
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

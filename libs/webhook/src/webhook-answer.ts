import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { exampleAppid } from '#api';
import { urlSchema } from './receiver-url.js';
import { ageSchema, descriptionSchema, replySchema } from './webhook-fields.js';
import { type DisabledBecause, type Webhook, type WebhookFormat, addressOf } from './webhook.entity.js';
import type { ShownWebhook } from './webhooks.js';

export class WebhookAnswer {
  @ApiProperty({ example: 'whk_4fGh7Kq2LmN8pR1s' })
  id!: string;

  @ApiProperty({
    description: 'The API key it belongs to; null if it was made before webhooks belonged to keys',
    type: String,
    nullable: true,
    example: 'q3hX0aZ91k',
  })
  key_id!: string | null;

  @ApiProperty({ ...urlSchema, description: 'Where deliveries are sent, without its query: keys may stand there' })
  url!: string;

  @ApiProperty({ type: [String], description: 'Apps whose events it gets; `*` is every app', example: [exampleAppid] })
  appids!: string[];

  @ApiProperty({ type: [String], description: 'Types that it gets; `*` is every type', example: ['message.text'] })
  types!: string[];

  @ApiProperty(descriptionSchema)
  description!: string;

  @ApiProperty({ ...ageSchema, example: null })
  max_age_seconds!: number | null;

  @ApiProperty({ ...replySchema, example: false })
  reply!: boolean;

  @ApiProperty({ enum: ['standard', 'wechat'], example: 'standard' })
  format!: WebhookFormat;

  @ApiProperty({ example: true })
  enabled!: boolean;

  @ApiProperty({
    description:
      '`asked`: somebody switched it off; `gone`: it answered 410; `failing`: nothing but failures for days; `key_ended`: the key it belongs to was revoked or has expired',
    enum: ['asked', 'gone', 'failing', 'key_ended'],
    nullable: true,
    example: null,
  })
  disabled_because!: DisabledBecause | null;

  @ApiProperty({
    description: 'Of one whose key has ended: until then what it would get is held for a key that adopts it',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  held_until!: string | null;

  @ApiProperty({
    description: 'Since then there were nothing but failures',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  failing_since!: string | null;

  @ApiProperty({
    description: 'Until then deliveries are signed with a former secret as well',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  former_secret_until!: string | null;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  created_at!: string;
}

export class NewWebhookAnswer extends WebhookAnswer {
  @ApiProperty({ description: 'Signs each delivery; shown only now', example: 'whsec_<44 characters>' })
  secret!: string;

  @ApiPropertyOptional({
    description: 'Of the format `wechat`, if it was not given: what its framework is set up with; shown only now',
    example: '<32 characters>',
  })
  token?: string;

  @ApiPropertyOptional({ description: 'Of the format `wechat`, if it was not given; shown only now', example: '<43 characters>' })
  encoding_aes_key?: string;
}

export const newWebhookAnswer = ({ row, secret, relay }: ShownWebhook, now: Date): NewWebhookAnswer => ({
  ...webhookAnswer(row, now),
  secret,
  ...(relay.token !== undefined && { token: relay.token }),
  ...(relay.encodingAesKey !== undefined && { encoding_aes_key: relay.encodingAesKey }),
});

export const webhookAnswer = (row: Webhook, now: Date): WebhookAnswer => ({
  id: row.id,
  key_id: row.keyId,
  url: addressOf(row.url),
  appids: row.appids,
  types: row.types,
  description: row.description,
  max_age_seconds: row.maxAgeSeconds,
  reply: row.replies,
  format: row.format,
  enabled: row.enabled,
  disabled_because: row.disabledBecause,
  held_until: row.heldUntil()?.toISOString() ?? null,
  failing_since: row.failingSince?.toISOString() ?? null,
  former_secret_until: row.formerSecretUntil(now)?.toISOString() ?? null,
  created_at: row.createdAt.toISOString(),
});

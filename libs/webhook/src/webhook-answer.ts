import { Flag, OneOf, Text, Texts, Time, exampleAppid } from '#api';
import { ReceiverUrl } from './receiver-url.js';
import { Age, Purpose } from './webhook-fields.js';
import { type DisabledBecause, type Webhook, type WebhookFormat, addressOf } from './webhook.entity.js';
import type { ShownWebhook } from './webhooks.js';

export class WebhookAnswer {
  @Text({ example: 'whk_4fGh7Kq2LmN8pR1s' }) id!: string;
  @Text('The API key it belongs to; null if it was made before webhooks belonged to keys', {
    nullable: true,
    example: 'q3hX0aZ91k',
  })
  key_id!: string | null;
  @ReceiverUrl('Where deliveries are posted to, without its query: keys may stand there') url!: string;
  @Texts('Apps whose events it gets; `*` is every app', { example: [exampleAppid] }) appids!: string[];
  @Texts('Types that it gets; `*` is every type', { example: ['message.text'] }) types!: string[];
  @Purpose() description!: string;
  @Age({ example: null }) max_age_seconds!: number | null;
  @Flag('Its answer to a delivery may become the reply to the person', { example: false }) reply!: boolean;
  @OneOf(['standard', 'wechat'], { example: 'standard' }) format!: WebhookFormat;
  @Flag({ example: true }) enabled!: boolean;
  @OneOf(
    ['asked', 'gone', 'failing', 'key_ended'],
    '`asked`: somebody switched it off; `gone`: it answered 410; `failing`: nothing but failures for days; `key_ended`: the key it belongs to was revoked or has expired',
    { nullable: true, example: null },
  )
  disabled_because!: DisabledBecause | null;
  @Time('Of one whose key has ended: until then what it would get is held for a key that adopts it', {
    nullable: true,
    example: null,
  })
  held_until!: string | null;
  @Time('Since then there were nothing but failures', { nullable: true, example: null }) failing_since!: string | null;
  @Time('Until then deliveries are signed with a former secret as well', { nullable: true, example: null })
  former_secret_until!: string | null;
  @Time() created_at!: string;
}

export class NewWebhookAnswer extends WebhookAnswer {
  @Text('Signs each delivery; shown only now', { example: 'whsec_<44 characters>' }) secret!: string;
  @Text('Of the format `wechat`, if it was not given: what its framework is set up with; shown only now', {
    optional: true,
    example: '<32 characters>',
  })
  token?: string;
  @Text('Of the format `wechat`, if it was not given; shown only now', { optional: true, example: '<43 characters>' })
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

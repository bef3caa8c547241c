import { OmitType } from '@nestjs/swagger';
import { Appids, ChangeOf, Flag, OneOf } from '#api';
import type { RelaySecrets } from '#wechat';
import { ReceiverUrl } from './receiver-url.js';
import { Age, Purpose, RelayAesKey, RelayToken, Types } from './webhook-fields.js';
import type { WebhookFormat } from './webhook.entity.js';
import type { NewWebhook, WebhookTerms } from './webhooks.js';

export class WebhookRequest {
  @ReceiverUrl() url!: string;
  @Appids('Apps whose events it gets, or `"*"` for every app, those to come included (for a key that holds every app)')
  appids!: string[];
  @Types() types!: string[];
  @Purpose({ optional: true }) description?: string;
  @Age({ optional: true, example: 300 }) max_age_seconds?: number | null;
  @Flag('Its answer to a delivery may become the reply to the person; by default only for the format `wechat`', {
    optional: true,
    example: false,
  })
  reply?: boolean;
  @OneOf(
    ['standard', 'wechat'],
    '`standard`: the event as JSON; `wechat`: the push as WeChat sends it, for a framework that expects that',
    { optional: true, default: 'standard' },
  )
  format?: WebhookFormat;
  @RelayToken() token?: string;
  @RelayAesKey() encoding_aes_key?: string;
}

export class WebhookChange extends ChangeOf(OmitType(WebhookRequest, ['format', 'token', 'encoding_aes_key'])) {
  @Flag('False: nothing is sent, and nothing new is queued', { optional: true, example: true }) enabled?: boolean;
}

export const relayIn = (order: { token?: string; encoding_aes_key?: string }): Partial<RelaySecrets> => ({
  ...(order.token !== undefined && { token: order.token }),
  ...(order.encoding_aes_key !== undefined && { encodingAesKey: order.encoding_aes_key }),
});

export const wantedWebhook = (order: WebhookRequest): NewWebhook => ({
  url: order.url,
  appids: order.appids,
  types: order.types,
  description: order.description ?? '',
  maxAgeSeconds: order.max_age_seconds ?? null,
  // What a framework answers is meant for the person.
  replies: order.reply ?? order.format === 'wechat',
  format: order.format ?? 'standard',
  relay: relayIn(order),
});

export const patchedTerms = (patch: WebhookChange): Partial<WebhookTerms> & { enabled?: boolean } => ({
  ...(patch.url !== undefined && { url: patch.url }),
  ...(patch.appids !== undefined && { appids: patch.appids }),
  ...(patch.types !== undefined && { types: patch.types }),
  ...(patch.description !== undefined && { description: patch.description }),
  ...(patch.max_age_seconds !== undefined && { maxAgeSeconds: patch.max_age_seconds }),
  ...(patch.reply !== undefined && { replies: patch.reply }),
  ...(patch.enabled !== undefined && { enabled: patch.enabled }),
});

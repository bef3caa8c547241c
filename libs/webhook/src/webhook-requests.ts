import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { RelaySecrets } from '#wechat';
import { IsBoolean, IsIn } from 'class-validator';
import { IsReceiverUrl, urlSchema } from './receiver-url.js';
import {
  AreAppids,
  AreTypes,
  IfGiven,
  IsAge,
  IsDescription,
  IsRelayAesKey,
  IsRelayToken,
  ageSchema,
  appidsSchema,
  descriptionSchema,
  replySchema,
  typesSchema,
} from './webhook-fields.js';
import type { WebhookFormat } from './webhook.entity.js';
import type { NewWebhook, WebhookTerms } from './webhooks.js';

export class WebhookRequest {
  @ApiProperty(urlSchema)
  @IsReceiverUrl()
  url!: string;

  @ApiProperty(appidsSchema)
  @AreAppids()
  appids!: string[];

  @ApiProperty(typesSchema)
  @AreTypes()
  types!: string[];

  @ApiPropertyOptional(descriptionSchema)
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiPropertyOptional({ ...ageSchema, example: 300 })
  @IsAge()
  max_age_seconds?: number | null;

  @ApiPropertyOptional({ description: `${replySchema.description}; by default only for the format \`wechat\``, example: false })
  @IfGiven()
  @IsBoolean()
  reply?: boolean;

  @ApiPropertyOptional({
    description: '`standard`: the event as JSON; `wechat`: the push as WeChat sends it, for a framework that expects that',
    enum: ['standard', 'wechat'],
    default: 'standard',
  })
  @IfGiven()
  @IsIn(['standard', 'wechat'], { message: 'must be standard or wechat' })
  format?: WebhookFormat;

  @IsRelayToken()
  token?: string;

  @IsRelayAesKey()
  encoding_aes_key?: string;
}

export class WebhookChange {
  @ApiPropertyOptional({ ...urlSchema, description: `${urlSchema.description}. Whole: its query is never shown` })
  @IfGiven()
  @IsReceiverUrl()
  url?: string;

  @ApiPropertyOptional(appidsSchema)
  @IfGiven()
  @AreAppids()
  appids?: string[];

  @ApiPropertyOptional(typesSchema)
  @IfGiven()
  @AreTypes()
  types?: string[];

  @ApiPropertyOptional(descriptionSchema)
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiPropertyOptional({ ...ageSchema, example: 300 })
  @IsAge()
  max_age_seconds?: number | null;

  @ApiPropertyOptional({ ...replySchema, example: false })
  @IfGiven()
  @IsBoolean()
  reply?: boolean;

  @ApiPropertyOptional({ description: 'False: nothing is sent, and nothing new is queued', example: true })
  @IfGiven()
  @IsBoolean()
  enabled?: boolean;
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

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { appidPattern, exampleAppid } from '#api';
import type { RelaySecrets } from '#wechat';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { type DisabledBecause, type Webhook, type WebhookFormat } from './webhook.entity.js';
import type { NewWebhook, ShownWebhook, WebhookTerms } from './webhooks.js';
import { IsReceiverUrl, urlSchema } from './receiver-url.js';

const appidsSchema = {
  description: 'Apps whose events it gets, or `"*"` for every app, those to come included (for a key that holds every app)',
  oneOf: [
    { type: 'string', enum: ['*'] },
    {
      type: 'array',
      minItems: 1,
      maxItems: 1_000,
      uniqueItems: true,
      items: { type: 'string', pattern: `^\\*$|${appidPattern.source}` },
    },
  ],
  example: [exampleAppid],
};
const typePattern = /^(\*|(message|event)\.(\*|[a-z0-9_]{1,64}))$/;
const typesSchema = {
  description: 'Types of events that it gets: `message.text`, `event.*` for all of a kind, or `"*"`',
  oneOf: [
    { type: 'string', enum: ['*'] },
    { type: 'array', minItems: 1, maxItems: 100, uniqueItems: true, items: { type: 'string', pattern: typePattern.source } },
  ],
  example: ['message.text', 'event.subscribe'],
};
const descriptionSchema = { description: 'For whom it is', maxLength: 200, example: 'orders of the shop' };
const ageSchema = {
  description: 'An event that is older by the time of an attempt is not sent; never too old if null',
  type: 'integer',
  minimum: 1,
  maximum: 2_592_000,
  nullable: true,
} as const;
const replySchema = { description: 'Its answer to a delivery may become the reply to the person' };

/** Given, it must be right; unlike `IsOptional`, null does not pass for absent. */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

const All = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => (value === '*' ? ['*'] : value));

const AreAppids = (): PropertyDecorator => (target, name) => {
  All()(target, name);
  IsArray({ message: 'must be "*" or a list of appids' })(target, name);
  ArrayMinSize(1, { message: 'must name at least one app, or be "*"' })(target, name);
  ArrayMaxSize(1_000)(target, name);
  ArrayUnique({ message: 'must not repeat an appid' })(target, name);
  const message = 'must hold appids (wx and 16 hex digits in lower case) or "*"';
  Matches(new RegExp(`^\\*$|${appidPattern.source}`), { each: true, message })(target, name);
};

const AreTypes = (): PropertyDecorator => (target, name) => {
  All()(target, name);
  IsArray({ message: 'must be "*" or a list of types' })(target, name);
  ArrayMinSize(1, { message: 'must name at least one type, or be "*"' })(target, name);
  ArrayMaxSize(100)(target, name);
  ArrayUnique({ message: 'must not repeat a type' })(target, name);
  Matches(typePattern, { each: true, message: 'must hold types such as message.text, event.* or "*"' })(target, name);
};

const IsDescription = (): PropertyDecorator =>
  Matches(/^[^\p{Cc}\p{Cs}]{0,200}$/u, { message: 'must have up to 200 characters, no control characters among them' });

const IsAge = (): PropertyDecorator => (target, name) => {
  IsOptional()(target, name);
  IsInt({ message: 'must be a whole number of seconds' })(target, name);
  Min(1)(target, name);
  Max(2_592_000)(target, name);
};

const tokenSchema = {
  description: 'For the format `wechat`: the token that its framework is set up with; made if it is not given',
  pattern: '^[A-Za-z0-9]{3,32}$',
};
const aesKeySchema = {
  description: 'For the format `wechat`: the EncodingAESKey that its framework is set up with; made if it is not given',
  pattern: '^[A-Za-z0-9]{43}$',
};

export const IsRelayToken = (): PropertyDecorator => (target, name) => {
  ApiPropertyOptional({ ...tokenSchema, example: 'OwnToken' })(target, name);
  IfGiven()(target, name);
  Matches(/^[A-Za-z0-9]{3,32}$/, { message: 'must have 3 to 32 letters and digits' })(target, name);
};

export const IsRelayAesKey = (): PropertyDecorator => (target, name) => {
  ApiPropertyOptional({ ...aesKeySchema, example: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' })(target, name);
  IfGiven()(target, name);
  Matches(/^[A-Za-z0-9]{43}$/, { message: 'must have 43 letters and digits' })(target, name);
};

export class WebhookOrder {
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

export class WebhookPatch {
  @ApiPropertyOptional(urlSchema)
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

export class WebhookAnswer {
  @ApiProperty({ example: 'whk_4fGh7Kq2LmN8pR1s' })
  id!: string;

  @ApiProperty(urlSchema)
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
    description: '`asked`: somebody switched it off; `gone`: it answered 410; `failing`: nothing but failures for days',
    enum: ['asked', 'gone', 'failing'],
    nullable: true,
    example: null,
  })
  disabled_because!: DisabledBecause | null;

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

export const newWebhookAnswer = ({ row, secret, relay }: ShownWebhook): NewWebhookAnswer => ({
  ...webhookAnswer(row),
  secret,
  ...(relay.token !== undefined && { token: relay.token }),
  ...(relay.encodingAesKey !== undefined && { encoding_aes_key: relay.encodingAesKey }),
});

export const relayIn = (order: { token?: string; encoding_aes_key?: string }): Partial<RelaySecrets> => ({
  ...(order.token !== undefined && { token: order.token }),
  ...(order.encoding_aes_key !== undefined && { encodingAesKey: order.encoding_aes_key }),
});

export const webhookAnswer = (row: Webhook): WebhookAnswer => ({
  id: row.id,
  url: row.url,
  appids: row.appids,
  types: row.types,
  description: row.description,
  max_age_seconds: row.maxAgeSeconds,
  reply: row.replies,
  format: row.format,
  enabled: row.enabled,
  disabled_because: row.disabledBecause,
  failing_since: row.failingSince?.toISOString() ?? null,
  former_secret_until: row.formerSecretUntil(new Date())?.toISOString() ?? null,
  created_at: row.createdAt.toISOString(),
});

export const orderedWebhook = (order: WebhookOrder): NewWebhook => ({
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

export const patchedTerms = (patch: WebhookPatch): Partial<WebhookTerms> & { enabled?: boolean } => ({
  ...(patch.url !== undefined && { url: patch.url }),
  ...(patch.appids !== undefined && { appids: patch.appids }),
  ...(patch.types !== undefined && { types: patch.types }),
  ...(patch.description !== undefined && { description: patch.description }),
  ...(patch.max_age_seconds !== undefined && { maxAgeSeconds: patch.max_age_seconds }),
  ...(patch.reply !== undefined && { replies: patch.reply }),
  ...(patch.enabled !== undefined && { enabled: patch.enabled }),
});

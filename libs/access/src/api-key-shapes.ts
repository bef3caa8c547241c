import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsLabel, IsTime, appidPattern, exampleAppid, timeOf } from '#api';
import { isNetwork } from '#settings';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import type { ApiKey } from './api-key.entity.js';
import type { ApiKeyTerms } from './api-keys.js';
import { type Scope, offeredScopes, scopeNames, scopes } from './scope.js';

const appidsText = 'Appids that the key may speak for, or `"*"` for every app, those to come included';
const scopesText = offeredScopes.map((name) => `\`${name}\`: ${scopes[name]}`).join('. ');

const appidsSchema = {
  description: appidsText,
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
const scopesSchema = {
  description: scopesText,
  enum: offeredScopes,
  isArray: true,
  minItems: 1,
  uniqueItems: true,
  example: ['users:read'],
};
const nameSchema = { description: 'Who uses the key, and for what', minLength: 1, maxLength: 100, example: 'shop back end' };
const expirySchema = {
  description: 'When the key ends by itself (RFC 3339); never if null',
  type: String,
  format: 'date-time',
  nullable: true,
};
const rateSchema = {
  description: 'Requests a minute on each replica; no limit if null',
  type: 'integer',
  minimum: 1,
  maximum: 1_000_000,
  nullable: true,
} as const;

const originPattern = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/;
const originsSchema = {
  description: 'Origins of web pages that may poll a login begun with this key and embed the login page',
  type: String,
  isArray: true,
  maxItems: 50,
  items: { type: 'string', pattern: originPattern.source },
  example: ['https://shop.example.com'],
};
const AreOrigins = (): PropertyDecorator => (target, name) => {
  IsArray({ message: 'must be a list of origins' })(target, name);
  ArrayMaxSize(50)(target, name);
  Matches(originPattern, { each: true, message: 'must hold origins such as https://shop.example.com' })(target, name);
};

const addressesSchema = {
  description:
    'Addresses and ranges from which the key works: `10.2.0.0/16`, `203.0.113.7`, `2001:db8::/32`; from everywhere if there are none',
  type: String,
  isArray: true,
  maxItems: 100,
  uniqueItems: true,
  items: { type: 'string' },
  example: ['10.2.0.0/16'],
};
const AreAddresses = (): PropertyDecorator => (target, name) => {
  IsArray({ message: 'must be a list of addresses and ranges' })(target, name);
  ArrayMaxSize(100)(target, name);
  ArrayUnique({ message: 'must not repeat an address' })(target, name);
  ValidateBy(
    { name: 'isNetwork', validator: { validate: (value) => typeof value === 'string' && isNetwork(value) } },
    { each: true, message: 'must hold addresses or ranges such as 10.2.0.0/16' },
  )(target, name);
};

const IsAppids = (): PropertyDecorator => (target, name) => {
  Transform(({ value }: { value: unknown }) => (value === '*' ? ['*'] : value))(target, name);
  IsArray({ message: 'must be "*" or a list of appids' })(target, name);
  ArrayMinSize(1, { message: 'must name at least one app, or be "*"' })(target, name);
  ArrayMaxSize(1_000)(target, name);
  ArrayUnique({ message: 'must not repeat an appid' })(target, name);
  Matches(new RegExp(`^\\*$|${appidPattern.source}`), {
    each: true,
    message: 'must hold appids (wx and 16 hex digits in lower case) or "*"',
  })(target, name);
};

const AreScopes =
  (names: readonly Scope[]): PropertyDecorator =>
  (target, name) => {
    IsArray({ message: 'must be a list of scopes' })(target, name);
    ArrayMinSize(1, { message: 'must hold at least one scope' })(target, name);
    ArrayUnique({ message: 'must not repeat a scope' })(target, name);
    IsIn(names, { each: true, message: `must be among ${offeredScopes.join(', ')}` })(target, name);
  };

const IsRate = (): PropertyDecorator => (target, name) => {
  IsOptional()(target, name);
  IsInt({ message: 'must be a whole number' })(target, name);
  Min(1)(target, name);
  Max(1_000_000)(target, name);
};

/** Given, it must be right; unlike `IsOptional`, null does not pass for absent. */
const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

export class ApiKeyRequest {
  @ApiProperty(nameSchema)
  @IsLabel()
  name!: string;

  @ApiProperty(appidsSchema)
  @IsAppids()
  appids!: string[];

  @ApiProperty(scopesSchema)
  @AreScopes(offeredScopes)
  scopes!: Scope[];

  @ApiPropertyOptional({ ...expirySchema, example: '2040-01-01T00:00:00Z' })
  @IsOptional()
  @IsTime()
  expires_at?: string | null;

  @ApiPropertyOptional({ ...rateSchema, example: 600 })
  @IsRate()
  rate_limit?: number | null;

  @ApiPropertyOptional({ ...originsSchema, default: [] })
  @IfGiven()
  @AreOrigins()
  origins?: string[];

  @ApiPropertyOptional({ ...addressesSchema, default: [] })
  @IfGiven()
  @AreAddresses()
  allowed_addresses?: string[];
}

export class ApiKeyChange {
  @ApiPropertyOptional(nameSchema)
  @IfGiven()
  @IsLabel()
  name?: string;

  @ApiPropertyOptional(appidsSchema)
  @IfGiven()
  @IsAppids()
  appids?: string[];

  @ApiPropertyOptional(scopesSchema)
  @IfGiven()
  // One that is no longer, or not yet, offered may be repeated by whoever holds it.
  @AreScopes(scopeNames)
  scopes?: Scope[];

  @ApiPropertyOptional({ ...expirySchema, example: '2040-01-01T00:00:00Z' })
  @IsOptional()
  @IsTime()
  expires_at?: string | null;

  @ApiPropertyOptional({ ...rateSchema, example: 600 })
  @IsRate()
  rate_limit?: number | null;

  @ApiPropertyOptional(originsSchema)
  @IfGiven()
  @AreOrigins()
  origins?: string[];

  @ApiPropertyOptional(addressesSchema)
  @IfGiven()
  @AreAddresses()
  allowed_addresses?: string[];
}

export class KeyRotationRequest {
  @ApiPropertyOptional({
    description: 'How long the former secret stays good, in seconds',
    type: 'integer',
    minimum: 0,
    maximum: 604_800,
    default: 86_400,
  })
  @IfGiven()
  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(0)
  @Max(604_800)
  overlap_seconds: number = 86_400;
}

export class ApiKeyAnswer {
  @ApiProperty({ example: 'q3hX0aZ91k' })
  id!: string;

  @ApiProperty({ example: 'shop back end' })
  name!: string;

  @ApiProperty({ description: appidsText, type: [String], example: [exampleAppid] })
  appids!: string[];

  @ApiProperty({ enum: scopeNames, isArray: true, example: ['users:read'] })
  scopes!: Scope[];

  @ApiProperty({ ...expirySchema, example: null })
  expires_at!: string | null;

  @ApiProperty({ ...rateSchema, example: null })
  rate_limit!: number | null;

  @ApiProperty(originsSchema)
  origins!: string[];

  @ApiProperty(addressesSchema)
  allowed_addresses!: string[];

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  created_at!: string;

  @ApiProperty({
    description: 'Until then the secret before the last rotation is good as well',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  former_secret_until!: string | null;

  @ApiProperty({
    description: 'Up to a minute late',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-02-01T08:30:00.000Z',
  })
  last_used_at!: string | null;
}

export class NewApiKeyAnswer extends ApiKeyAnswer {
  @ApiProperty({ description: 'The key itself, shown only now', example: 'wxg_<id>_<secret and checksum>' })
  key!: string;
}

export const apiKeyFacts = (row: ApiKey, lastUsedAt: Date | undefined): ApiKeyAnswer => ({
  id: row.id,
  name: row.name,
  appids: row.appids,
  scopes: row.scopes,
  expires_at: row.expiresAt?.toISOString() ?? null,
  rate_limit: row.rateLimit,
  origins: row.origins,
  allowed_addresses: row.allowedAddresses,
  created_at: row.createdAt.toISOString(),
  former_secret_until: row.formerSecretUntil?.toISOString() ?? null,
  last_used_at: lastUsedAt?.toISOString() ?? null,
});

export const orderedTerms = (order: ApiKeyRequest): ApiKeyTerms => ({
  name: order.name,
  appids: order.appids,
  scopes: order.scopes,
  rateLimit: order.rate_limit ?? null,
  origins: order.origins ?? [],
  allowedAddresses: order.allowed_addresses ?? [],
  expiresAt: endOf(order.expires_at ?? null),
});

export const patchedTerms = (patch: ApiKeyChange): Partial<ApiKeyTerms> => ({
  ...(patch.name !== undefined && { name: patch.name }),
  ...(patch.appids !== undefined && { appids: patch.appids }),
  ...(patch.scopes !== undefined && { scopes: patch.scopes }),
  ...(patch.origins !== undefined && { origins: patch.origins }),
  ...(patch.allowed_addresses !== undefined && { allowedAddresses: patch.allowed_addresses }),
  ...(patch.rate_limit !== undefined && { rateLimit: patch.rate_limit }),
  ...(patch.expires_at !== undefined && { expiresAt: endOf(patch.expires_at) }),
});

const endOf = (text: string | null): Date | null => (text === null ? null : timeOf('expires_at', text));

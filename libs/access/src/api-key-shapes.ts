import { Appids, ChangeOf, Label, type Said, SomeOf, Text, Texts, Time, Whole, exampleAppid, saidOf, timeOf } from '#api';
import { isNetwork } from '#settings';
import type { ApiKey } from './api-key.entity.js';
import type { ApiKeyTerms } from './api-keys.js';
import { type Scope, offeredScopes, scopeNames, scopes } from './scope.js';

const appidsText = 'Appids that the key may speak for, or `"*"` for every app, those to come included';
const scopesText = offeredScopes.map((name) => `\`${name}\`: ${scopes[name]}`).join('. ');

const Expiry = (...said: Said): PropertyDecorator => Time('When the key ends by itself (RFC 3339); never if null', saidOf(said));
const Rate = (...said: Said): PropertyDecorator =>
  Whole('Requests a minute on each replica; no limit if null', { min: 1, max: 1_000_000, ...saidOf(said) });
const Origins = (...said: Said): PropertyDecorator =>
  Texts('Origins of web pages that may poll a login begun with this key and embed the login page', {
    max: 50,
    pattern: /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/,
    message: 'must hold origins such as https://shop.example.com',
    example: ['https://shop.example.com'],
    ...saidOf(said),
  });
const Addresses = (...said: Said): PropertyDecorator =>
  Texts(
    'Addresses and ranges from which the key works: `10.2.0.0/16`, `203.0.113.7`, `2001:db8::/32`; from everywhere if there are none',
    {
      max: 100,
      unique: true,
      passes: (value) => typeof value === 'string' && isNetwork(value),
      message: 'must hold addresses or ranges such as 10.2.0.0/16',
      example: ['10.2.0.0/16'],
      ...saidOf(said),
    },
  );

export class ApiKeyRequest {
  @Label('Who uses the key, and for what', { example: 'shop back end' }) name!: string;
  @Appids(appidsText) appids!: string[];
  @SomeOf(offeredScopes, scopesText, { min: 1, unique: true, example: ['users:read'] }) scopes!: Scope[];
  @Expiry({ optional: true, nullable: true, example: '2040-01-01T00:00:00Z' }) expires_at?: string | null;
  @Rate({ optional: true, nullable: true, example: 600 }) rate_limit?: number | null;
  @Origins({ optional: true, default: [] }) origins?: string[];
  @Addresses({ optional: true, default: [] }) allowed_addresses?: string[];
}

export class ApiKeyChange extends ChangeOf(ApiKeyRequest) {
  /** One that is no longer, or not yet, offered may be repeated by whoever holds it. */
  @SomeOf(offeredScopes, scopesText, { takes: scopeNames, min: 1, unique: true, optional: true, example: ['users:read'] })
  override scopes?: Scope[];
}

export class KeyRotationRequest {
  @Whole('How long the former secret stays good, in seconds', { optional: true, min: 0, max: 604_800, default: 86_400 })
  overlap_seconds: number = 86_400;
}

export class ApiKeyAnswer {
  @Text({ example: 'q3hX0aZ91k' }) id!: string;
  @Text({ example: 'shop back end' }) name!: string;
  @Texts(appidsText, { example: [exampleAppid] }) appids!: string[];

  @SomeOf(scopeNames, { example: ['users:read'] }) scopes!: Scope[];
  @Expiry({ nullable: true, example: null }) expires_at!: string | null;
  @Rate({ nullable: true, example: null }) rate_limit!: number | null;
  @Origins() origins!: string[];
  @Addresses() allowed_addresses!: string[];
  @Time() created_at!: string;
  @Time('Until then the secret before the last rotation is good as well', { nullable: true, example: null })
  former_secret_until!: string | null;
  @Time('Up to a minute late', { nullable: true, example: '2026-02-01T08:30:00.000Z' }) last_used_at!: string | null;
}

export class NewApiKeyAnswer extends ApiKeyAnswer {
  @Text('The key itself, shown only now', { example: 'wxg_<id>_<secret and checksum>' }) key!: string;
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

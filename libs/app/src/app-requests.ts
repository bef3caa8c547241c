import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsAppid, IsLabel, appidPattern, exampleAppid } from '#api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import {
  type CallbackMode,
  type RegistrableKind,
  type TokenMode,
  callbackModes,
  registrableKinds,
  tokenModes,
} from './app.entity.js';
import type { AppPatch, AppState } from './app-state.js';

const secretPattern = /^[0-9a-fA-F]{32}$/;
const originalIdPattern = /^gh_[0-9A-Za-z]{4,32}$/;
const callbackTokenPattern = /^[0-9A-Za-z]{3,32}$/;
const aesKeyPattern = /^[0-9A-Za-z]{43}$/;

const given = (_: unknown, value: unknown): boolean => value !== undefined;
const givenOrNull = (_: unknown, value: unknown): boolean => value !== undefined && value !== null;

const kindSchema = { enum: registrableKinds, example: 'official_account' } as const;
const nameSchema = { description: 'What people here call the app', minLength: 1, maxLength: 100, example: 'Shop' };
const secretSchema = {
  description: 'The AppSecret. Written, never read back',
  pattern: secretPattern.source,
  example: '0'.repeat(32),
};
export const originalIdSchema = {
  description: 'The original id, by which pushes name the app',
  type: String,
  pattern: originalIdPattern.source,
  nullable: true,
  example: 'gh_97417a04a28d',
};
export const tokenModeSchema = {
  description: '`stable`: WeChat keeps one token for everybody who asks. `classic`: every fetch replaces the token before',
  enum: tokenModes,
  example: 'stable',
} as const;
export const enabledSchema = {
  description: 'A disabled app keeps its data and its callbacks; its tokens are no longer renewed',
  example: true,
};
export const modeSchema = {
  description:
    'The least that is accepted: `plain` and `compatible` take all three forms, `safe` only encrypted pushes. By default `safe` where there is an AES key, else `plain`',
  enum: callbackModes,
  example: 'safe',
} as const;
const callbackTokenSchema = {
  description: 'The Token of the server configuration',
  pattern: callbackTokenPattern.source,
  example: 'exampleToken',
};
const aesKeySchema = {
  description: 'The EncodingAESKey; needed unless the mode is `plain`',
  type: String,
  pattern: aesKeyPattern.source,
  nullable: true,
  example: '0'.repeat(43),
};

const proxyPattern = /^https?:\/\/([^\s/@:%]+:[^\s/@:%]*@)?[A-Za-z0-9.-]+(:\d{1,5})?\/?$/;
const proxySchema = {
  description: 'A forward proxy for calls to WeChat, for an app whose allow-list names another address. Written, never read back',
  type: String,
  pattern: proxyPattern.source,
  nullable: true,
  example: 'http://proxy.internal:3128',
};
const prefixPattern = /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/;
const prefixesSchema = {
  description: 'Pages whose address begins like one of these may have the JS-SDK; none by default',
  type: String,
  isArray: true,
  maxItems: 100,
  items: { type: 'string', pattern: prefixPattern.source },
  example: ['https://shop.example.com/'],
};

const isUrlLike = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) && URL.canParse(value);
const IsProxy = (): PropertyDecorator =>
  ValidateBy(
    { name: 'isProxy', validator: { validate: isUrlLike(proxyPattern) } },
    { message: 'must be the address of a proxy, such as http://proxy.internal:3128' },
  );
const ArePrefixes = (): PropertyDecorator => (target, name) => {
  IsArray({ message: 'must be a list of URL prefixes' })(target, name);
  ArrayMaxSize(100)(target, name);
  ValidateBy(
    { name: 'isUrlPrefix', validator: { validate: isUrlLike(prefixPattern) } },
    { each: true, message: 'must hold URL prefixes such as https://shop.example.com/' },
  )(target, name);
  MaxLength(500, { each: true })(target, name);
};
const IsSecret = (): PropertyDecorator => Matches(secretPattern, { message: 'must be 32 hex digits' });
const IsOriginalId = (): PropertyDecorator => Matches(originalIdPattern, { message: 'must be gh_ and letters or digits' });
const IsCallbackToken = (): PropertyDecorator => Matches(callbackTokenPattern, { message: 'must be 3 to 32 letters and digits' });
const IsAesKey = (): PropertyDecorator => Matches(aesKeyPattern, { message: 'must be 43 letters and digits' });
const IsKind = (): PropertyDecorator => IsIn(registrableKinds, { message: `must be one of ${registrableKinds.join(', ')}` });
const IsTokenMode = (): PropertyDecorator => IsIn(tokenModes, { message: `must be one of ${tokenModes.join(', ')}` });
const IsCallbackMode = (): PropertyDecorator => IsIn(callbackModes, { message: `must be one of ${callbackModes.join(', ')}` });

const overlapSchema = {
  description: 'For how many seconds the token and key before a change are accepted as well',
  type: 'integer',
  minimum: 0,
  maximum: 2_592_000,
  default: 86_400,
} as const;
const IsOverlap = (): PropertyDecorator => (target, name) => {
  IsInt({ message: 'must be whole seconds' })(target, name);
  Min(0, { message: 'must be at least 0' })(target, name);
  Max(2_592_000, { message: 'must be at most 2592000' })(target, name);
};

class CallbackRequest {
  @ApiProperty(callbackTokenSchema)
  @IsCallbackToken()
  token!: string;

  @ApiPropertyOptional(aesKeySchema)
  @IsOptional()
  @IsAesKey()
  encoding_aes_key?: string | null;

  @ApiPropertyOptional(modeSchema)
  @ValidateIf(given)
  @IsCallbackMode()
  mode?: CallbackMode;

  @ApiPropertyOptional(overlapSchema)
  @ValidateIf(given)
  @IsOverlap()
  overlap_seconds?: number;
}

class CallbackChange {
  @ApiPropertyOptional(callbackTokenSchema)
  @ValidateIf(given)
  @IsCallbackToken()
  token?: string;

  @ApiPropertyOptional({ ...aesKeySchema, description: `${aesKeySchema.description}; null takes it away` })
  @IsOptional()
  @IsAesKey()
  encoding_aes_key?: string | null;

  @ApiPropertyOptional(modeSchema)
  @ValidateIf(given)
  @IsCallbackMode()
  mode?: CallbackMode;

  @ApiPropertyOptional(overlapSchema)
  @ValidateIf(given)
  @IsOverlap()
  overlap_seconds?: number;
}

class AppFields {
  @ApiProperty(kindSchema)
  @IsKind()
  kind!: RegistrableKind;

  @ApiProperty(nameSchema)
  @IsLabel()
  name!: string;

  @ApiProperty(secretSchema)
  @IsSecret()
  secret!: string;

  @ApiPropertyOptional(originalIdSchema)
  @IsOptional()
  @IsOriginalId()
  original_id?: string | null;

  @ApiPropertyOptional({ ...tokenModeSchema, default: 'stable' })
  @ValidateIf(given)
  @IsTokenMode()
  token_mode?: TokenMode;

  @ApiPropertyOptional({ ...enabledSchema, default: true })
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;

  @ApiPropertyOptional(proxySchema)
  @IsOptional()
  @IsProxy()
  forward_proxy?: string | null;

  @ApiPropertyOptional(prefixesSchema)
  @ValidateIf(given)
  @ArePrefixes()
  jsapi_url_prefixes?: string[];

  @ApiPropertyOptional({ type: CallbackRequest, nullable: true, description: 'How WeChat calls us back for this app' })
  @IsOptional()
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => CallbackRequest)
  callback?: CallbackRequest | null;
}

export class AppRequest extends AppFields {
  @ApiProperty({ pattern: appidPattern.source, example: exampleAppid })
  @IsAppid()
  appid!: string;
}

export class AppStateRequest extends AppFields {
  @ApiPropertyOptional({ description: 'If given, the same as in the path', pattern: appidPattern.source, example: exampleAppid })
  @ValidateIf(given)
  @IsAppid()
  appid?: string;
}

export class AppChange {
  @ApiPropertyOptional(nameSchema)
  @ValidateIf(given)
  @IsLabel()
  name?: string;

  @ApiPropertyOptional(secretSchema)
  @ValidateIf(given)
  @IsSecret()
  secret?: string;

  @ApiPropertyOptional(originalIdSchema)
  @IsOptional()
  @IsOriginalId()
  original_id?: string | null;

  @ApiPropertyOptional(tokenModeSchema)
  @ValidateIf(given)
  @IsTokenMode()
  token_mode?: TokenMode;

  @ApiPropertyOptional(enabledSchema)
  @ValidateIf(given)
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;

  @ApiPropertyOptional(proxySchema)
  @IsOptional()
  @IsProxy()
  forward_proxy?: string | null;

  @ApiPropertyOptional(prefixesSchema)
  @ValidateIf(given)
  @ArePrefixes()
  jsapi_url_prefixes?: string[];

  @ApiPropertyOptional({
    type: CallbackChange,
    nullable: true,
    description: 'What is absent stays; null takes the callback away',
  })
  @ValidateIf(givenOrNull)
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => CallbackChange)
  callback?: CallbackChange | null;
}

export const wantedState = (order: AppFields): AppState => ({
  kind: order.kind,
  name: order.name,
  secret: order.secret,
  originalId: order.original_id ?? null,
  tokenMode: order.token_mode ?? 'stable',
  enabled: order.enabled ?? true,
  forwardProxy: order.forward_proxy ?? null,
  jsapiUrlPrefixes: order.jsapi_url_prefixes ?? [],
  callback: order.callback
    ? {
        token: order.callback.token,
        encodingAesKey: order.callback.encoding_aes_key ?? null,
        mode: order.callback.mode,
        overlapSeconds: order.callback.overlap_seconds,
      }
    : null,
});

export const wantedChanges = (changes: AppChange): AppPatch => ({
  ...(changes.name !== undefined && { name: changes.name }),
  ...(changes.secret !== undefined && { secret: changes.secret }),
  ...(changes.original_id !== undefined && { originalId: changes.original_id }),
  ...(changes.token_mode !== undefined && { tokenMode: changes.token_mode }),
  ...(changes.enabled !== undefined && { enabled: changes.enabled }),
  ...(changes.forward_proxy !== undefined && { forwardProxy: changes.forward_proxy }),
  ...(changes.jsapi_url_prefixes !== undefined && { jsapiUrlPrefixes: changes.jsapi_url_prefixes }),
  ...(changes.callback !== undefined && {
    callback: changes.callback && {
      ...(changes.callback.token !== undefined && { token: changes.callback.token }),
      ...(changes.callback.encoding_aes_key !== undefined && { encodingAesKey: changes.callback.encoding_aes_key }),
      ...(changes.callback.mode !== undefined && { mode: changes.callback.mode }),
      ...(changes.callback.overlap_seconds !== undefined && { overlapSeconds: changes.callback.overlap_seconds }),
    },
  }),
});

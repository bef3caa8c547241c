import { ApiProperty } from '@nestjs/swagger';
import { exampleAppid } from '#api';
import type { Sentence } from '#errors';
import {
  type AccountKind,
  type App,
  type AppKind,
  type CallbackMode,
  type SealedSecret,
  type TokenMode,
  registrableKinds,
} from './app.entity.js';
import type { Written } from './apps.js';
import { enabledSchema, modeSchema, originalIdSchema, tokenModeSchema } from './app-requests.js';

class SecretAnswer {
  @ApiProperty({ description: 'Whether one is kept', example: true })
  set!: boolean;

  @ApiProperty({
    description: 'Equal secrets have equal fingerprints; it tells nothing else',
    type: String,
    nullable: true,
    example: '9f86d081884c7d65',
  })
  fingerprint!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:00.000Z' })
  changed_at!: string | null;
}

class CallbackAnswer {
  @ApiProperty(modeSchema)
  mode!: CallbackMode;

  @ApiProperty({ type: SecretAnswer })
  token!: SecretAnswer;

  @ApiProperty({ type: SecretAnswer })
  encoding_aes_key!: SecretAnswer;

  @ApiProperty({
    description: 'Until then the token and key before the last change are accepted as well',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-02-01T12:00:00.000Z',
  })
  former_accepted_until!: string | null;
}

export class AppAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ enum: [...registrableKinds, 'authorizer'], example: 'official_account' })
  kind!: AppKind;

  @ApiProperty({ example: 'Shop' })
  name!: string;

  @ApiProperty({ ...originalIdSchema, pattern: undefined })
  original_id!: string | null;

  @ApiProperty(tokenModeSchema)
  token_mode!: TokenMode;

  @ApiProperty(enabledSchema)
  enabled!: boolean;

  @ApiProperty({ type: SecretAnswer })
  secret!: SecretAnswer;

  @ApiProperty({ type: SecretAnswer })
  forward_proxy!: SecretAnswer;

  @ApiProperty({ type: [String], example: ['https://shop.example.com/'] })
  jsapi_url_prefixes!: string[];

  @ApiProperty({ type: CallbackAnswer, nullable: true })
  callback!: CallbackAnswer | null;

  @ApiProperty({
    description: 'Of an authorizer: the platform that speaks for it',
    type: String,
    nullable: true,
    example: null,
  })
  platform!: string | null;

  @ApiProperty({
    description: 'Of an authorizer: what sort of account it is; null until WeChat has said so',
    enum: ['official_account', 'mini_program'],
    type: String,
    nullable: true,
    example: null,
  })
  account_kind!: AccountKind | null;

  @ApiProperty({
    description:
      'The address to enter as server URL in the console of WeChat; null for an authorizer, whose messages come to its platform',
    type: String,
    nullable: true,
    example: `https://wx.example.com/callbacks/${exampleAppid}`,
  })
  callback_url!: string | null;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  updated_at!: string;

  @ApiProperty({
    required: false,
    description:
      'Only in the answer to a PATCH or PUT that changed the secret: whether WeChat took it just now. false: it is kept all the same, and not known to be good',
    example: true,
  })
  verified?: boolean;

  @ApiProperty({
    required: false,
    description: 'Beside `verified: false`: why that is not known, and what to do',
    example: 'WeChat said 40164: add 203.0.113.7 to the IP allow-list of this app in the console of WeChat',
  })
  unverified_because?: Sentence;
}

/** The answer to a request that wrote the app. */
export const writtenAnswer = ({ app, unverified }: Written, publicUrl: string): AppAnswer => ({
  ...appAnswer(app, publicUrl),
  ...(unverified !== undefined && { verified: unverified === null }),
  ...(unverified && { unverified_because: unverified }),
});

export const appAnswer = (app: App, publicUrl: string): AppAnswer => ({
  appid: app.appid,
  kind: app.kind,
  name: app.name,
  original_id: app.originalId,
  token_mode: app.tokenMode,
  enabled: app.enabled,
  secret: secretAnswer(app.secret),
  forward_proxy: secretAnswer(app.forwardProxy),
  jsapi_url_prefixes: app.jsapiUrlPrefixes,
  callback: app.callbackMode && {
    mode: app.callbackMode,
    token: secretAnswer(app.callbackToken),
    encoding_aes_key: secretAnswer(app.callbackEncodingAesKey),
    former_accepted_until: app.callbackFormer?.until ?? null,
  },
  platform: app.platform,
  account_kind: app.accountKind,
  callback_url: app.kind === 'authorizer' ? null : `${publicUrl}/callbacks/${app.appid}`,
  created_at: app.createdAt.toISOString(),
  updated_at: app.updatedAt.toISOString(),
});

const secretAnswer = (secret: SealedSecret | null): SecretAnswer => ({
  set: secret !== null,
  fingerprint: secret?.fingerprint ?? null,
  changed_at: secret?.changed_at ?? null,
});

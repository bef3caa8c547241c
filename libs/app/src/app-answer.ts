import { Appid, Flag, OneOf, Part, Text, Texts, Time, exampleAppid } from '#api';
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
import { Enabled, ModeField, TokenModeField } from './app-requests.js';

class SecretAnswer {
  @Flag('Whether one is kept', { example: true }) set!: boolean;
  @Text('Equal secrets have equal fingerprints; it tells nothing else', { nullable: true, example: '9f86d081884c7d65' })
  fingerprint!: string | null;
  @Time({ nullable: true }) changed_at!: string | null;
}

class CallbackAnswer {
  @ModeField() mode!: CallbackMode;
  @Part(SecretAnswer) token!: SecretAnswer;
  @Part(SecretAnswer) encoding_aes_key!: SecretAnswer;
  @Time('Until then the token and key before the last change are accepted as well', {
    nullable: true,
    example: '2026-02-01T12:00:00.000Z',
  })
  former_accepted_until!: string | null;
}

export class AppAnswer {
  @Appid() appid!: string;
  @OneOf([...registrableKinds, 'authorizer'], { example: 'official_account' }) kind!: AppKind;
  @Text({ example: 'Shop' }) name!: string;
  @Text('The original id, by which pushes name the app', { nullable: true, example: 'gh_97417a04a28d' }) original_id!:
    string | null;
  @TokenModeField() token_mode!: TokenMode;
  @Enabled() enabled!: boolean;
  @Part(SecretAnswer) secret!: SecretAnswer;
  @Part(SecretAnswer) forward_proxy!: SecretAnswer;
  @Texts({ example: ['https://shop.example.com/'] }) jsapi_url_prefixes!: string[];
  @Part(CallbackAnswer, { nullable: true }) callback!: CallbackAnswer | null;
  @Text('Of an authorizer: the platform that speaks for it', { nullable: true, example: null }) platform!: string | null;
  @OneOf(['official_account', 'mini_program'], 'Of an authorizer: what sort of account it is; null until WeChat has said so', {
    nullable: true,
    example: null,
  })
  account_kind!: AccountKind | null;
  @Text(
    'The address to enter as server URL in the console of WeChat; null for an authorizer, whose messages come to its platform',
    { nullable: true, example: `https://wx.example.com/callbacks/${exampleAppid}` },
  )
  callback_url!: string | null;
  @Time() created_at!: string;
  @Time() updated_at!: string;
  @Flag(
    'Only in the answer to a PATCH or PUT that changed the secret: whether WeChat took it just now. false: it is kept all the same, and not known to be good',
    { optional: true, example: true },
  )
  verified?: boolean;
  @Text('Beside `verified: false`: why that is not known, and what to do', {
    optional: true,
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

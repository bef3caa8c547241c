import { OmitType } from '@nestjs/swagger';
import { Appid, ChangeOf, Flag, Label, OneOf, Part, Passes, type Said, Text, Texts, Whole, field, saidOf } from '#api';
import {
  type CallbackMode,
  type RegistrableKind,
  type TokenMode,
  callbackModes,
  registrableKinds,
  tokenModes,
} from './app.entity.js';
import type { AppPatch, AppState } from './app-state.js';

export const TokenModeField = (...said: Said): PropertyDecorator =>
  OneOf(tokenModes, '`stable`: WeChat keeps one token for everybody who asks. `classic`: every fetch replaces the token before', {
    example: 'stable',
    ...saidOf(said),
  });

export const Enabled = (...said: Said): PropertyDecorator =>
  Flag('A disabled app keeps its data and its callbacks; its tokens are no longer renewed', { example: true, ...saidOf(said) });

export const ModeField = (...said: Said): PropertyDecorator =>
  OneOf(
    callbackModes,
    'The least that is accepted: `plain` and `compatible` take all three forms, `safe` only encrypted pushes. By default `safe` where there is an AES key, else `plain`',
    { example: 'safe', ...saidOf(said) },
  );

const proxyPattern = /^https?:\/\/([^\s/@:%]+:[^\s/@:%]*@)?[A-Za-z0-9.-]+(:\d{1,5})?\/?$/;
const prefixPattern = /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/;

const isUrlLike =
  (pattern: RegExp, max = Infinity) =>
  (value: unknown) =>
    typeof value === 'string' && [...value].length <= max && pattern.test(value) && URL.canParse(value);

class CallbackRequest {
  @Text('The Token of the server configuration', {
    pattern: /^[0-9A-Za-z]{3,32}$/,
    message: 'must be 3 to 32 letters and digits',
    example: 'exampleToken',
  })
  token!: string;
  @Text('The EncodingAESKey; needed unless the mode is `plain`; null takes it away', {
    optional: true,
    nullable: true,
    pattern: /^[0-9A-Za-z]{43}$/,
    message: 'must be 43 letters and digits',
    example: '0'.repeat(43),
  })
  encoding_aes_key?: string | null;
  @ModeField({ optional: true }) mode?: CallbackMode;
  @Whole('For how many seconds the token and key before a change are accepted as well; by default a day', {
    optional: true,
    min: 0,
    max: 2_592_000,
    default: 86_400,
    example: 86_400,
  })
  overlap_seconds?: number;
}

class CallbackChange extends ChangeOf(CallbackRequest) {}

class AppFields {
  @OneOf(registrableKinds, { example: 'official_account' }) kind!: RegistrableKind;
  @Label('What people here call the app', { example: 'Shop' }) name!: string;
  @Text('The AppSecret. Written, never read back', {
    pattern: /^[0-9a-fA-F]{32}$/,
    message: 'must be 32 hex digits',
    example: '0'.repeat(32),
  })
  secret!: string;
  @Text('The original id, by which pushes name the app', {
    optional: true,
    nullable: true,
    pattern: /^gh_[0-9A-Za-z]{4,32}$/,
    message: 'must be gh_ and letters or digits',
    example: 'gh_97417a04a28d',
  })
  original_id?: string | null;
  @TokenModeField({ optional: true, default: 'stable' }) token_mode?: TokenMode;
  @Enabled({ optional: true, default: true }) enabled?: boolean;
  @field(
    {
      description:
        'A forward proxy for calls to WeChat, for an app whose allow-list names another address. Written, never read back',
      optional: true,
      nullable: true,
      example: 'http://proxy.internal:3128',
    },
    { type: String, pattern: proxyPattern.source },
    Passes(isUrlLike(proxyPattern), 'must be the address of a proxy, such as http://proxy.internal:3128'),
  )
  forward_proxy?: string | null;
  @Texts('Pages whose address begins like one of these may have the JS-SDK; none by default', {
    optional: true,
    max: 100,
    pattern: prefixPattern,
    passes: isUrlLike(prefixPattern, 500),
    message: 'must hold URL prefixes such as https://shop.example.com/',
    example: ['https://shop.example.com/'],
  })
  jsapi_url_prefixes?: string[];
  @Part(CallbackRequest, 'How WeChat calls us back for this app', { optional: true, nullable: true })
  callback?: CallbackRequest | null;
}

export class AppRequest extends AppFields {
  @Appid() appid!: string;
}

export class AppStateRequest extends AppFields {
  @Appid('If given, the same as in the path', { optional: true }) appid?: string;
}

export class AppChange extends ChangeOf(OmitType(AppFields, ['kind', 'callback'])) {
  @Part(CallbackChange, 'What is absent stays; null takes the callback away', { optional: true, nullable: true })
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

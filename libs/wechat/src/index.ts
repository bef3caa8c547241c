// The only room that knows WeChat's wire. Its words (errcode, access_token) do not leave it.
export { type AuthorizeRequest, type WebScope, authorizeUrl, webScopes } from './authorize-url.js';
export { WechatCallbackApi } from './callback-api.js';
export {
  type AuthorizerDetails,
  type Authorization,
  type ListedAuthorizer,
  type RefreshedAuthorization,
  WechatComponentApi,
} from './component-api.js';
export { isNotAuthorized, isRefreshTokenVoid, isTicketRefused } from './component-refusals.js';
export { authorizationPages } from './authorization-page.js';
export { permissionSet, permissionSets } from './permission-sets.js';
export { errcodeTable } from './errcodes.js';
export { type MenuButton, WechatMenuApi } from './menu-api.js';
export { type WechatMessage, WechatMessageApi } from './message-api.js';
export {
  type CodeKind,
  type LinkKind,
  type PhoneNumber,
  WechatMiniProgramApi,
  type WechatParameters,
} from './mini-program-api.js';
export { type FreshGrant, type GrantedTokens, type Language, WechatOauthApi, type WebProfile, languages } from './oauth-api.js';
export { type IssuedQrCode, type QrCodeOrder, WechatQrCodeApi, qrImageUrl } from './qr-code-api.js';
export type { WechatPicture } from './picture.js';
export { type ApiQuota, WechatQuotaApi } from './quota-api.js';
export { type MessageTemplate, WechatTemplateApi } from './template-api.js';
export { type FreshToken, WechatTokenApi } from './token-api.js';
export { type PersonFacts, type FollowerPage, WechatUserApi } from './user-api.js';
export type { CallingApp, ProvingApp, WechatApp, WechatCredentials } from './wechat-app.js';
export {
  AppNeedsAttention,
  CodeInvalid,
  CodeUsed,
  ConsentEnded,
  ForcedTokensUsedUp,
  type KeptFailure,
  PermissionMissing,
  PermissionNotGranted,
  TokenRefused,
  WechatBusy,
  WechatGarbled,
  WechatQuotaReached,
  WechatRefused,
  WechatSilent,
  WechatUnreachable,
  errcodeFailure,
  failureAgain,
  keepFailure,
  permissionMissingIn,
  mayBeDone,
  wechatFailures,
} from './wechat-errors.js';
export { dedupeKeyOf } from './push/dedupe-key.js';
export { type PassiveReply, type PushReply, type SpokenReply, type WrittenReply, writeReply } from './push/passive-reply.js';
export {
  type RelaySecrets,
  RelayReplyRefused,
  passiveReplyIn,
  readRelayReply,
  relayEcho,
  relayPush,
} from './push/relayed-push.js';
export type { PushFields } from './push/push-fields.js';
export {
  type PushQuery,
  type PushReceiver,
  type PushVerdict,
  type ReceivedPush,
  readPush,
  verifyEcho,
  wrongSignature,
} from './push/push-reader.js';
export { type WechatPush, pushOf } from './push/wechat-push.js';
export { addresseeOf } from './push/addressee.js';
export { keptForm } from './push/kept-form.js';
export { eventKeyIn, eventNameIn, originalIdIn, trialFields } from './push/named-fields.js';
export { codeTest, codeTestMessage, eventTestAnswer, ownTestCode, testUserName, textTestAnswer } from './release-tests.js';

export { WechatCryptoError, jsapiSignature, openUserData, sortedSha1 } from '#wechat-crypto';
export { WechatModule } from './wechat.module.js';

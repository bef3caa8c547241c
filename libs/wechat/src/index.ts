// The only room that knows WeChat's wire. Its words (errcode, access_token) do not leave it.
export { type AuthorizeRequest, type WebScope, authorizeUrl, webScopes } from './authorize-url.js';
export * from './calls/app-tokens.js';
export * from './calls/menus.js';
export * from './calls/messages.js';
export * from './calls/mini-programs.js';
export * from './calls/network.js';
export * from './calls/platforms.js';
export * from './calls/qr-codes.js';
export * from './calls/quotas.js';
export * from './calls/templates.js';
export * from './calls/users.js';
export * from './calls/web-authorisation.js';
export { isNotAuthorized, isRefreshTokenVoid, isTicketRefused } from './component-refusals.js';
export { authorizationPages } from './authorization-page.js';
export { permissionSet, permissionSets } from './permission-sets.js';
export { errcodeTable } from './errcodes.js';
export type { WechatPicture } from './picture.js';
export type { FreshToken } from './wechat-answer.js';
export type { CallingApp, CallingPerson, WechatApp, WechatCredentials } from './wechat-app.js';
export { declaredCalls } from './call-facts.js';
export type { WechatCall, WechatParameters } from './wechat-call.js';
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
export { WechatHttp } from './wechat-http.js';
export { WechatModule } from './wechat.module.js';

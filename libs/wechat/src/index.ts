// The only room that knows WeChat's wire. Its words (errcode, access_token) do not leave it.
export { type FreshToken, type WechatApp, type WechatCredentials, WechatTokenApi } from './token-api.js';
export {
  AppNeedsAttention,
  type KeptFailure,
  type Refusal,
  TokenRefused,
  WechatGarbled,
  WechatQuotaReached,
  WechatRefused,
  WechatSilent,
  WechatUnreachable,
  failureAgain,
  keepFailure,
  wechatFailures,
} from './wechat-errors.js';
export { jsapiSignature } from '#wechat-crypto';
export { WechatModule } from './wechat.module.js';

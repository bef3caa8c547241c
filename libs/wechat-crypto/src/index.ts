/**
 * Signatures and the AES envelope of WeChat, as pure functions over node:crypto. HTTP, XML and the meaning of a bad signature
 * belong to the callers.
 */
export { WechatCryptoError } from './wechat-crypto-error.js';
export { jsapiSignature, signatureIsGood, sortedSha1, userDataSignature } from './signatures.js';
export { MessageEnvelope } from './message-envelope.js';
export { openUserData } from './user-data.js';

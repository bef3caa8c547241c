/**
 * Signatures and the AES envelope of WeChat, as pure functions over node:crypto.
 * Owns the cryptography alone: HTTP, XML and the decision what a bad signature means belong to the callers.
 */
export { WechatCryptoError } from './wechat-crypto-error.js';
export { jsapiSignature, signatureIsGood, sortedSha1, userDataSignature } from './signatures.js';
export { MessageEnvelope } from './message-envelope.js';
export { openUserData } from './user-data.js';

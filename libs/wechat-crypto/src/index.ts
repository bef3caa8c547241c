/**
 * Signatures and the AES envelope of WeChat, as pure functions over node:crypto.
 * Owns the cryptography alone: HTTP, XML and the decision what a bad signature means belong to the callers.
 */
export { WechatCryptoError, type CryptoFault } from './wechat-crypto-error.js';
export { jsapiSignature, signatureIsGood, sortedSha1, userDataSignature } from './signatures.js';
export { MessageEnvelope, type OpenedMessage } from './message-envelope.js';
export { openUserData, type SealedUserData } from './user-data.js';
export { openApiBody, type SealedApiBody } from './api-body.js';

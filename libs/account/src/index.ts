// The WeChat apps we speak for, and their secrets.
export { AccountModule } from './account.module.js';
export { AppDisabled, AppNotFound } from './account-errors.js';
export { Accounts, type SecretVerdict, type TriedSecret } from './accounts.js';
export type { AccountKind, App, AppKind, CallbackMode, RegistrableKind, TokenMode } from './app.entity.js';
export { AuthorizerApps } from './authorizer-apps.js';
export { CallbackSecrets } from './callback-secrets.js';
export type { CallbackSecret } from './former-callback.js';

// The WeChat apps we speak for, and their secrets.
export { AppModule } from './app.module.js';
export { AppDisabled, AppNotFound } from './app-errors.js';
export { Apps, type SecretVerdict, type TriedSecret } from './apps.js';
export type { App, AppKind, CallbackMode, RegistrableKind } from './app.entity.js';
export { AuthorizerApps } from './authorizer-apps.js';
export { CallbackSecrets } from './callback-secrets.js';

// The WeChat apps we speak for, and their secrets.
export { AccountModule } from './account.module.js';
export { AppNotFound } from './account-errors.js';
export { Accounts } from './accounts.js';
export type { App, AppKind, CallbackMode, TokenMode } from './app.entity.js';

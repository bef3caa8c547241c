// Codes that WeChat accepts once: one request exchanges each, and we remember it longer than WeChat does.
export { CodeRemembered } from './code-remembered.js';
export { OneTimeCodeModule } from './one-time-code.module.js';
export { UsedCodes } from './used-codes.js';

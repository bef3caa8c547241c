// Codes that WeChat takes once: each is exchanged by one request alone, and remembered for longer than WeChat does.
export { CodeRemembered } from './code-remembered.js';
export { OneTimeCodeModule } from './one-time-code.module.js';
export { UsedCodes } from './used-codes.js';

// The third-party platform: its tickets, what authorizers allow it, and the authorizers as apps.
export { Exchanges } from './exchanges.js';
export { PlatformCheck } from './platform-check.js';
export { PlatformJobs } from './platform.jobs.js';
export { PlatformModule } from './platform.module.js';
export { RefreshTokens } from './refresh-tokens.js';
export { TicketWatch } from './ticket-watch.js';

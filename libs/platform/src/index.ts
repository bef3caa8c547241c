// The third-party platform: its tickets, what accounts authorise it to, and the accounts as apps.
export { Exchanges } from './exchanges.js';
export { PlatformJobs } from './platform-jobs.js';
export { PlatformModule } from './platform.module.js';
export { RefreshTokens } from './refresh-tokens.js';
export { TicketWatch } from './ticket-watch.js';

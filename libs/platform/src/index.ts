// The third-party platform: its tickets, what accounts authorise it to, and the accounts as apps.
export { Authorizations } from './authorizations.js';
export { Exchanges } from './exchanges.js';
export { PlatformModule } from './platform.module.js';
export { TicketWatch } from './ticket-watch.js';

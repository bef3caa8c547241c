// The third-party platform: its tickets, what accounts authorise it to, and the accounts as apps.
export { PlatformModule } from './platform.module.js';

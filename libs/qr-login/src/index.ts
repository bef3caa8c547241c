// Logging in by scanning a code of the account: rows that the callback writes and the login reads.
export { QrLoginModule } from './qr-login.module.js';

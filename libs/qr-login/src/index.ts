// Logging in by scanning a code of the account: the callback's handler writes rows and the login reads them.
export { QrLoginModule } from './qr-login.module.js';

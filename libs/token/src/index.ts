// Everything with an expiry that WeChat issues: held, renewed ahead of time, handed out.
export { AccessTokens } from './access-tokens.js';
export { Credentials } from './credentials.js';
export type { Issued, Issuer, RenewalWindow, Verdict } from './issuer.js';
export { AuthorizationLost, AuthorizationRevoked, TicketMissing, tokenFailures } from './token-errors.js';
export { TokenModule } from './token.module.js';

// Web authorisation: where browsers are sent, codes exchanged once, and the tokens that people granted kept and renewed.
export { AuthorizeUrls } from './authorize-urls.js';
export { WebAuthModule } from './web-auth.module.js';
export { type WebLogin, WebAuthorizations } from './web-authorizations.js';

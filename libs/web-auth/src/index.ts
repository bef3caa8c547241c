// Web authorisation: where browsers are sent, codes exchanged once, and the tokens that people granted kept and renewed.
export { AttemptCookies } from './attempts/attempt-cookies.js';
export { type Attempt, type AttemptRef, Attempts } from './attempts/attempts.js';
export { type BrowserReply, type BrowserRequest, isPrefetch, isPreview } from './attempts/browser.js';
export { cookieOf, setCookie } from './attempts/cookies.js';
export { AuthorizeUrls } from './authorize-urls.js';
export { WebAuthModule } from './web-auth.module.js';
export { WebAuthorizations } from './web-authorizations.js';

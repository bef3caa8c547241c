// Web authorisation: where browsers are sent, codes exchanged once, and the tokens that people granted kept and renewed.
export { WebAuthModule } from './web-auth.module.js';

import { isStillTaken } from '../component-refusals.js';
import { permissionSets } from '../permission-sets.js';
import { declared } from '../wechat-call.js';

/**
 * One token for everybody who asks, until its last five minutes; forced, a new one at once.
 * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html
 */
export const issueStableToken = declared('POST', '/cgi-bin/stable_token', 'secret', {
  takes: ({ forced }: { forced: boolean }) => ({ grant_type: 'client_credential', force_refresh: forced }),
  gives: (answer) => answer.token('access_token'),
});

/**
 * A new token at every call; the one before lives five minutes more.
 * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_access_token.html
 */
export const issueClassicToken = declared('GET', '/cgi-bin/token', 'secret', {
  takes: () => ({ grant_type: 'client_credential' }),
  gives: (answer) => answer.token('access_token'),
});

/** https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html */
export const issueJsapiTicket = declared('GET', '/cgi-bin/ticket/getticket', 'app', {
  permissionSet: permissionSets.webServices,
  takes: () => ({ type: 'jsapi' }),
  gives: (answer) => answer.token('ticket'),
});

/** Asks something harmless with a token, only to see whether WeChat still takes it. */
export const tryAppToken = declared('GET', '/cgi-bin/get_api_domain_ip', 'app', {
  gives: () => true,
  refused: isStillTaken,
});

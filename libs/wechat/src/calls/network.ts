import { declared } from '../wechat-call.js';

/**
 * The addresses, and ranges of them, that pushes come from.
 * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html
 */
export const listCallbackAddresses = declared('GET', '/cgi-bin/getcallbackip', 'app', {
  gives: (answer) => answer.texts('ip_list'),
});

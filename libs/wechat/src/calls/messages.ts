import { permissionSets } from '../permission-sets.js';
import type { WechatAnswer } from '../wechat-answer.js';
import { type WechatParameters, declared } from '../wechat-call.js';

// The kinds of messages have little in common but that they are sent: only a template message is told from its repeats.

/** A message in WeChat's own fields, as its pages describe them. */
export type WechatMessage = WechatParameters;

const sentBefore = 45065;

const sending = {
  takes: (message: WechatMessage): WechatParameters => message,
  /** The msgid. WeChat's pages disagree on whether it tells one of a subscribe message of a mini program. */
  gives: (answer: WechatAnswer): string | null => answer.digits('msgid'),
};

/**
 * The msgid is that of the first one, where this client_msg_id came before within ten minutes.
 * https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
 */
export const sendTemplateMessage = declared('POST', '/cgi-bin/message/template/send', 'app', {
  ...sending,
  permissionSet: permissionSets.notices,
  answers: [sentBefore],
});

/** Of a mini program. */
export const sendSubscribeMessage = declared('POST', '/cgi-bin/message/subscribe/send', 'app', sending);

export const sendSubscribeMessageOfOfficialAccount = declared('POST', '/cgi-bin/message/subscribe/bizsend', 'app', sending);

/** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html */
export const sendCustomerMessage = declared('POST', '/cgi-bin/message/custom/send', 'app', {
  ...sending,
  permissionSet: permissionSets.messages,
});

import type { PushFields } from './push-fields.js';

// Rooms above read fields through these functions, so that WeChat's names stay in this room.

export const originalIdIn = (fields: PushFields): unknown => fields.ToUserName;

/** The key of the menu entry or code behind the push. */
export const eventKeyIn = (fields: PushFields | null): unknown => fields?.EventKey;

/** As WeChat wrote it, capitals and all. */
export const eventNameIn = (fields: PushFields | null): string => (typeof fields?.Event === 'string' ? fields.Event : '');

/** An event that WeChat never sends. */
export const trialFields = (openid: string): PushFields => ({ MsgType: 'event', Event: 'webhook_test', FromUserName: openid });

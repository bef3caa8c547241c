import { WechatRefused } from './wechat-errors.js';

const refusedWith =
  (...errcodes: number[]) =>
  (error: unknown): error is WechatRefused =>
    error instanceof WechatRefused && errcodes.includes(error.refusal.errcode);

/** The ticket has ended, or is another platform's: the next one is to be awaited. */
export const isTicketRefused = refusedWith(61005, 61006);

/** The account does not authorise the platform, or no longer. */
export const isNotAuthorized = refusedWith(61003);

/** The refresh token was replaced by a later one, or by a later authorisation. */
export const isRefreshTokenVoid = refusedWith(61023);

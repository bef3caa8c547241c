import { TokenRefused, WechatRefused } from './wechat-errors.js';

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

/** Whether a call that was refused shows that its token lives: what the app may not do is said of a good token alone. */
export function isStillTaken(error: WechatRefused): boolean {
  if (error instanceof TokenRefused) return false;
  if ([48001, 61007].includes(error.refusal.errcode)) return true;
  throw error;
}

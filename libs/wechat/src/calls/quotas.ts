import { declared } from '../wechat-call.js';

export interface ApiQuota {
  readonly dailyLimit: number;
  readonly used: number;
  readonly remaining: number;
}

/** The API is not there, or its calls are not counted for this account. */
const uncounted = [76003, 76021, 76022];

/**
 * What WeChat counts of one of its APIs; it may be off by one in a hundred. Null where it counts nothing.
 * https://developers.weixin.qq.com/doc/offiaccount/openApi/get_api_quota.html
 */
export const readQuota = declared('POST', '/cgi-bin/openapi/quota/get', 'app', {
  takes: (path: string) => ({ cgi_path: path }),
  gives: (answer): ApiQuota | null => {
    const quota = answer.object('quota');
    return quota && { dailyLimit: quota.number('daily_limit'), used: quota.number('used'), remaining: quota.number('remain') };
  },
  refused: (error) => {
    if (uncounted.includes(error.refusal.errcode)) return null;
    throw error;
  },
});

/** All APIs of the app. With the secret, since an app whose token quota is used up could not call the other form. */
export const clearQuotas = declared('POST', '/cgi-bin/clear_quota/v2', 'secret', {
  names: ['appid', 'appsecret'],
});

/** The same for an account whose secret only its owner has. */
export const clearQuotasByToken = declared('POST', '/cgi-bin/clear_quota', 'app', {
  takes: (appid: string) => ({ appid }),
});

/** Whether WeChat counts the calls of a path by the day. */
export const hasQuota = (path: string): boolean => !path.startsWith('/sns/') && path !== readQuota.path;

import { failure } from '#errors';

export class LoginNotFound extends failure('missing', 'login_not_found', {
  en: 'No such login, or its time is long over',
  zh: '没有这次登录，或者它早已过期',
}) {
  constructor() {
    super();
  }
}

export class PollTokenInvalid extends failure('unauthenticated', 'poll_token_invalid', {
  en: 'The poll token is missing or wrong',
  zh: 'poll_token 缺失或错误',
}) {
  constructor() {
    super({
      en: 'This wants the poll_token of the login as a bearer token',
      zh: '请把这次登录的 poll_token 作为 Bearer 令牌带上',
    });
  }
}

export class LoginRefused extends failure('forbidden', 'login_refused', {
  en: 'Not by this key, or not for this browser session',
  zh: '这个密钥或这个浏览器会话不能领取这次登录',
}) {
  constructor() {
    super({
      en: 'Only the key that began the login may redeem it, with the same binding; five refusals end it',
      zh: '只有发起登录的密钥，并带上同样的 binding，才能领取登录结果；被拒绝五次后这次登录作废',
    });
  }
}

export class LoginCodeUsed extends failure('conflict', 'login_code_used', {
  en: 'The login code was redeemed before',
  zh: 'login_code 已经用过',
}) {
  constructor() {
    super({ en: 'The login code was redeemed before: it works once', zh: 'login_code 已经用过：它只能使用一次' });
  }
}

export class LoginCodeExpired extends failure('conflict', 'login_code_expired', {
  en: 'The login is not confirmed, or its code has expired',
  zh: '登录尚未确认，或者 login_code 已过期',
}) {
  constructor(status: string) {
    super({ en: `The login is ${status}: let the person begin again`, zh: `这次登录的状态是 ${status}：请让用户重新登录` });
  }
}

export class TooManyLogins extends failure('limited', 'too_many_logins', {
  en: 'Too many QR logins were begun within a minute',
  zh: '一分钟内发起的扫码登录太多',
}) {
  constructor(of: 'key' | 'strangers' | 'address', retryAfterSeconds: number) {
    const by = begunBy[of];
    super(
      { en: `Too many QR logins were begun by ${by.en} within a minute`, zh: `一分钟内，${by.zh}发起的扫码登录太多` },
      { retryAfterSeconds },
    );
  }
}

const begunBy = {
  key: { en: 'this key', zh: '这个密钥' },
  strangers: { en: 'browsers that come by themselves', zh: '自行打开登录页的浏览器' },
  address: { en: 'this address', zh: '这个 IP 地址' },
} as const;

export class LoginPageNotFound extends failure('missing', 'login_page_not_found', {
  en: 'No such login page, or its time is long over',
  zh: '没有这个登录页，或者它早已过期',
}) {
  constructor() {
    super();
  }
}

export class LoginPageBusy extends failure('unavailable', 'login_page_busy', {
  en: 'WeChat has not yet given the code of the login page',
  zh: '微信还没有返回登录页的二维码',
}) {
  constructor() {
    super(undefined, { retryAfterSeconds: 2 });
  }
}

export class LoginFormReplaced extends failure('gone', 'login_form_replaced', {
  en: 'This form of the login page was replaced by POST /v1/apps/{appid}/login-pages',
  zh: '这种登录页地址已改为 POST /v1/apps/{appid}/login-pages',
}) {
  constructor() {
    super({
      en: 'Anybody could write such an address: let your server ask POST /v1/apps/{appid}/login-pages, and send the browser to the url it answers',
      zh: '这种地址任何人都能拼出来：请让你的服务器调用 POST /v1/apps/{appid}/login-pages，再把浏览器跳转到它返回的 url',
    });
  }
}

export class PrefetchRefused extends failure('unavailable', 'prefetch_refused', {
  en: 'The page is for whoever opens it, and is not fetched ahead',
  zh: '这个页面只给打开它的人，不接受预取',
}) {
  constructor() {
    super(undefined, { retryAfterSeconds: 1 });
  }
}

import { escapeHtml } from '#api';
import { type PageLanguage, page } from './page-layout.js';

const words = {
  zh: {
    title: '微信扫码登录',
    scan: '请使用微信扫一扫登录',
    scanned: '扫码成功，请在手机上确认',
    confirmed: '已确认，正在登录…',
    denied: '已在手机上拒绝',
    expired: '二维码已过期',
    cancelled: '这个二维码被不同的人扫过，登录已取消',
    lost: '网络断开，正在重试…',
    renew: '刷新二维码',
    left: '秒后过期',
  },
  en: {
    title: 'Log in with WeChat',
    scan: 'Scan with WeChat to log in',
    scanned: 'Scanned: please confirm on your phone',
    confirmed: 'Confirmed: logging you in…',
    denied: 'Refused on the phone',
    expired: 'The code has expired',
    cancelled: 'Different people scanned this code: the login was cancelled',
    lost: 'The connection is lost: trying again…',
    renew: 'New code',
    left: 's left',
  },
} as const;

export interface LoginPageFacts {
  readonly id: string;
  readonly svg: string;
  readonly secondsLeft: number;
  readonly lifetimeSeconds: number;
  readonly application: string;
  readonly returnTo: string;
  readonly state: string;
  readonly isFramed: boolean;
}

/** Nothing on it is a credential: the code alone logs nobody in here, and the browser's share is in a cookie no script reads. */
export function loginPage(language: PageLanguage, facts: LoginPageFacts): string {
  const word = words[language];
  const data = { ...facts, svg: undefined, words: word };
  return page({
    language,
    title: word.title,
    body: `<h1>${word.title}</h1>
<p class="site">${escapeHtml(facts.application)}</p>
<div class="code" id="code">${facts.svg}<button id="renew" type="button" hidden>${word.renew}</button></div>
<p id="status" role="status">${word.scan}</p>
<p class="age"><progress id="age" max="${facts.lifetimeSeconds}" value="${facts.secondsLeft}"></progress><span id="left"></span></p>`,
    script: `<script src="/login/login.js" data-login="${escapeHtml(JSON.stringify(data))}"></script>`,
  });
}

import { escapeHtml } from '#api';
import type { Language } from '#errors';
import { loginLayout } from './login-layout.js';

const words = {
  zh: {
    title: '微信扫码登录',
    scan: '请使用微信扫一扫登录',
    digits: '手机上应当显示同样的数字',
    scanned: '扫码成功，请在手机上确认',
    confirmed: '已确认，正在登录…',
    redeemed: '登录已完成',
    denied: '已在手机上拒绝',
    expired: '二维码已过期',
    cancelled: '登录已取消：二维码被不同的人扫过，或确认消息没能送达',
    lost: '网络断开，正在重试…',
    cookies: '浏览器没有保存 Cookie，无法在这里登录：请允许 Cookie，然后返回网站重新登录',
    renew: '刷新二维码',
    left: '秒后过期',
    over: '这个登录页面已失效',
    why: '它已经在另一个浏览器中打开过，或者时间已过',
    back: '返回网站重新登录',
    blocked: '浏览器不允许在此处登录，请在整个页面中打开',
    open: '打开登录页面',
  },
  en: {
    title: 'Log in with WeChat',
    scan: 'Scan with WeChat to log in',
    digits: 'Your phone must show the same number',
    scanned: 'Scanned: please confirm on your phone',
    confirmed: 'Confirmed: logging you in…',
    redeemed: 'You are logged in',
    denied: 'Refused on the phone',
    expired: 'The code has expired',
    cancelled: 'The login was cancelled: different people scanned the code, or the question could not reach the phone',
    lost: 'The connection is lost: trying again…',
    cookies: 'Your browser keeps no cookies, so you cannot log in here: please allow them, and begin again on the website',
    renew: 'New code',
    left: 's left',
    over: 'This login page is over',
    why: 'It was opened in another browser before, or its time is over',
    back: 'Begin again on the website',
    blocked: 'Your browser does not allow logging in here: please open the page by itself',
    open: 'Open the login page',
  },
} as const;

export interface LoginPageFacts {
  readonly id: string;
  readonly svg: string;
  readonly digits: string;
  readonly secondsLeft: number;
  readonly lifetimeSeconds: number;
  readonly application: string;
  /** Where the script asks for the state of the login. */
  readonly stateUrl: string;
  readonly returnTo: string;
  readonly state: string;
  readonly frameOrigin: string | null;
}

/** Nothing on it is a credential: the code alone logs nobody in here, and the browser's share is in a cookie no script reads. */
export function loginPage(language: Language, facts: LoginPageFacts): string {
  const word = words[language];
  const data = { ...facts, svg: undefined, words: word };
  return loginLayout({
    language,
    title: word.title,
    body: `<h1>${word.title}</h1>
<p class="site">${escapeHtml(facts.application)}</p>
<div class="code" id="code">${facts.svg}<button id="renew" type="button" hidden>${word.renew}</button></div>
<p id="status" role="status">${word.scan}</p>
<p class="age"><progress id="age" max="${facts.lifetimeSeconds}" value="${facts.secondsLeft}"></progress><span id="left"></span></p>
<p id="compare">${word.digits}<br><span class="digits">${escapeHtml(facts.digits)}</span></p>`,
    script: `<script src="/login/login.js" data-login="${escapeHtml(JSON.stringify(data))}"></script>`,
  });
}

/** For any browser but the one whose page it is, and for that one when it is over. */
export function overPage(language: Language, backTo: string | undefined): string {
  const word = words[language];
  const link =
    backTo === undefined ? '' : `\n<p><a class="button" href="${escapeHtml(backTo)}" target="_top">${word.back}</a></p>`;
  return loginLayout({ language, title: word.title, body: `<h1>${word.over}</h1>\n<p>${word.why}</p>${link}` });
}

/** In a frame whose cookies the browser drops, nobody could be told apart from anybody else. */
export function blockedPage(language: Language, here: string): string {
  const word = words[language];
  return loginLayout({
    language,
    title: word.title,
    body: `<h1>${word.title}</h1>\n<p>${word.blocked}</p>\n<p><a class="button" href="${escapeHtml(here)}" target="_top">${word.open}</a></p>`,
  });
}

/** For whoever only looks, ahead of a person or instead of one. */
export const glimpsePage = (language: Language): string =>
  loginLayout({ language, title: words[language].title, body: `<h1>${words[language].title}</h1>` });

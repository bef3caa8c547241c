import { escapeHtml } from '#api';
import type { Language } from '#errors';
import { loginLayout } from './login-layout.js';
import type { QrLogin } from './qr-login.entity.js';

const words = {
  zh: {
    title: '确认登录',
    ask: '你正在登录',
    from: '网络地址',
    device: '设备',
    when: '扫码时间',
    digits: '网页上显示的数字应当是',
    agree: '登录',
    deny: '不是我',
    warn: '如果这个二维码是别人发给你的，请选择“不是我”：同意后，别人就能以你的身份登录。',
    unknown: '未知',
    agreed: '已登录，请回到网页',
    denied: '已拒绝，没有人被登录',
    over: '这次登录已失效，请刷新网页后重新扫码',
    other: '请用扫码的那个微信打开',
  },
  en: {
    title: 'Confirm login',
    ask: 'You are logging in to',
    from: 'Network address',
    device: 'Device',
    when: 'Scanned at',
    digits: 'The page on your computer must show',
    agree: 'Log in',
    deny: 'Not me',
    warn: 'If somebody sent you this code, choose “Not me”: otherwise they will be logged in as you.',
    unknown: 'unknown',
    agreed: 'Logged in: please return to the page',
    denied: 'Refused: nobody was logged in',
    over: 'This login is over: please reload the page and scan again',
    other: 'Please open this in the WeChat that scanned the code',
  },
} as const;

export type Outcome = 'agreed' | 'denied' | 'over' | 'other';

/** The two answers are equally easy to give: whoever was sent a code by a stranger must find the way out. */
export function confirmPage(language: Language, { context, scannedAt }: QrLogin, action: string): string {
  const word = words[language];
  const rows: [string, string][] = [
    [word.from, context.ip ?? word.unknown],
    [word.device, deviceOf(context.user_agent) ?? word.unknown],
    [word.when, scannedAt ? inChina(scannedAt) : word.unknown],
  ];
  return loginLayout({
    language,
    title: word.title,
    body: `<h1>${word.title}</h1>
<p>${word.ask}</p>
<p class="site">${escapeHtml(context.application ?? word.unknown)}</p>
${context.digits === undefined ? '' : `<p>${word.digits}</p>\n<p class="digits">${escapeHtml(context.digits)}</p>`}
<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>
<form method="post" action="${escapeHtml(action)}">
<button name="decision" value="agree">${word.agree}</button>
<button name="decision" value="deny">${word.deny}</button>
</form>
<p class="warn">${word.warn}</p>`,
  });
}

export const outcomePage = (language: Language, outcome: Outcome): string =>
  loginLayout({
    language,
    title: words[language].title,
    body: `<h1>${words[language].title}</h1><p class="outcome ${outcome}">${words[language][outcome]}</p>`,
  });

const eightHours = 8 * 3_600_000;

/** Nearly everybody who has WeChat lives in this time zone. */
const inChina = (moment: Date): string =>
  `${new Date(moment.getTime() + eightHours).toISOString().slice(0, 16).replace('T', ' ')} UTC+8`;

/** Enough for people to recognise their own computer. */
function deviceOf(userAgent: string | undefined): string | undefined {
  if (userAgent === undefined) return undefined;
  const system = /Windows|Mac OS X|Android|iPhone|iPad|Linux/.exec(userAgent)?.[0] ?? '';
  const browser = /Edg|Firefox|Chrome|Safari/.exec(userAgent)?.[0].replace('Edg', 'Edge') ?? '';
  return [system, browser].filter((part) => part !== '').join(' · ') || userAgent.slice(0, 60);
}

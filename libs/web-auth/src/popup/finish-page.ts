import { escapeHtml } from '#api';

/** The message from the window to the page that opened it. */
export interface WindowMessage {
  readonly type: 'wechat-login';
  readonly code: string | null;
  readonly state: string;
  readonly error?: 'failed';
}

const page = (className: string, script: string): string => `<!doctype html>
<html lang="zh-CN"${className && ` class="${className}"`}>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>微信登录</title>
<link rel="stylesheet" href="/widgets/finish.css">
${script}
<div class="done"><p>登录完成，窗口即将关闭</p><p><small>Done: this window closes itself</small></p></div>
<div class="left"><p>登录页面已关闭，请返回网站重新登录</p><p><small>The page that opened this window is gone: please begin again there</small></p></div>
<div class="over"><p>这次登录已失效，请返回网站重新登录</p><p><small>This login is over: please begin again on the website</small></p></div>
</html>
`;

/** The window closes at once, unless the page that opened it is gone. */
export const finishPage = (origin: string, message: WindowMessage): string => {
  const data = `data-origin="${escapeHtml(origin)}" data-message="${escapeHtml(JSON.stringify(message))}"`;
  return page('', `<script src="/widgets/finish.js" ${data}></script>`);
};

/** For visitors who come too late, or with the address of another person's window. */
export const overPage = page('too-late', '');

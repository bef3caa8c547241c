import { escapeHtml } from '#api';

const page = (title: string, body: string): string =>
  `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/platforms/platform.css">
<main>
${body}
</main>
</html>
`;

/** WeChat checks the referrer, so the browser must leave this page by a link and not by a redirect. */
export const desktopPage = (platform: string, target: string): string =>
  page(
    '授权',
    `<h1>授权给 ${escapeHtml(platform)}</h1>
<p>请点击下方按钮，用管理员的微信扫码确认。<br><small>Press the button, and confirm with the WeChat of the account's administrator.</small></p>
<p><a class="button" href="${escapeHtml(target)}">前往微信授权 · Authorise at WeChat</a></p>`,
  );

export type Landing = 'done' | 'waiting' | 'failed' | 'unknown';

const words: Record<Landing, readonly [chinese: string, english: string]> = {
  done: ['授权成功，可以关闭此页面', 'Authorised: this page can be closed'],
  waiting: [
    '已收到授权，正在处理，可以关闭此页面',
    'The authorisation has arrived and is being dealt with: this page can be closed',
  ],
  failed: ['授权没有完成，请重新打开授权链接', 'The authorisation was not completed: please open the link again'],
  unknown: ['链接无效或已过期，请重新获取授权链接', 'The link is not valid or its time is over: please ask for another one'],
};

export const landingPage = (landing: Landing): string => {
  const [chinese, english] = words[landing];
  return page('授权', `<h1>${chinese}</h1>\n<p><small>${english}</small></p>`);
};

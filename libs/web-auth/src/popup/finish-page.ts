import { escapeHtml } from '#api';

/** Seen for the blink of an eye, unless the window that opened it is gone. */
export const finishPage = (origin: string): string => `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>微信登录</title>
<link rel="stylesheet" href="/widgets/finish.css">
<script src="/widgets/wechat-login.js" data-finish-for="${escapeHtml(origin)}"></script>
<div class="done"><p>登录完成，窗口即将关闭</p><p><small>Done: this window closes itself</small></p></div>
<div class="left"><p>登录页面已关闭，请返回网站重新登录</p><p><small>The page that opened this window is gone: please begin again there</small></p></div>
</html>
`;

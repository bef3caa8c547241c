import { type Answer, html } from '../endpoint.js';
import { PageError } from '../page-error.js';

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const style = `:root{color-scheme:light dark;--ink:#191919;--mute:#767676;--paper:#f7f7f7;--card:#fff;--line:#e4e4e4}
@media(prefers-color-scheme:dark){:root{--ink:#e8e8e8;--mute:#9a9a9a;--paper:#111;--card:#1c1c1c;--line:#333}}
*{box-sizing:border-box}body{margin:0;font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;background:var(--paper);color:var(--ink)}
main{max-width:24rem;margin:0 auto;padding:2.5rem 1.25rem;text-align:center}h1{font-size:1.2rem;margin:.5rem 0}
p{margin:.4rem 0}.mute{color:var(--mute);font-size:.85rem}.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.25rem;margin:1.25rem 0}
button,.button{display:block;width:100%;padding:.7rem;margin:.6rem 0;border:0;border-radius:8px;font:inherit;cursor:pointer;text-decoration:none;background:var(--line);color:inherit}
.go{background:#06893f;color:#fff}img{max-width:100%;background:#fff;border-radius:8px}`;

/** WeChat's own pages, plainly redrawn: no script, nothing from elsewhere. */
export function wechatPage(title: string, body: string, status = 200): Answer {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title>`;
  return html(
    `<!doctype html><html lang="zh-CN"><head>${head}<style>${style}</style></head><body><main>${body}</main></body></html>`,
    status,
  );
}

export function errorPage(error: PageError): Answer {
  const number = error.number === null ? '' : `<p class="mute">错误码 / error code: ${error.number}</p>`;
  return wechatPage('出错了', `<h1>${escapeHtml(error.message)}</h1>${number}`);
}

/** Runs a page and shows what it objects to; any other error goes on to the server. */
export function orErrorPage(show: () => Answer): Answer {
  try {
    return show();
  } catch (error) {
    if (error instanceof PageError) return errorPage(error);
    throw error;
  }
}

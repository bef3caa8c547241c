import type { Failure } from '#errors';
import { statusOf } from './problem.js';

/** The page behind the `type` of a problem: every code that the gateway can answer. */
export function problemsPage(failures: readonly Failure[]): string {
  const rows = failures
    .map(
      ({ kind, code, title }) =>
        `<tr id="${code}"><td><code>${code.replaceAll('_', '_<wbr>')}</code></td><td>${statusOf[kind]}</td><td>${escape(title.en)}</td><td lang="zh-CN">${escape(title.zh)}</td></tr>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Problems of the WeChat gateway</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid color-mix(in srgb, currentcolor 20%, transparent); }
td:first-child { min-width: 8rem; }
tr:target { background: color-mix(in srgb, gold 30%, transparent); }
</style>
<h1>Problems</h1>
<p>An error is <code>application/problem+json</code>. Its <code>code</code> is one of these and never changes its meaning;
its <code>detail</code> tells the case at hand. The <a href="/docs">description of the API</a> says which route answers with which.</p>
<table>
<thead><tr><th>code</th><th>status</th><th>meaning</th><th>含义</th></tr></thead>
<tbody>
${rows}
<tr id="internal_error"><td><code>internal_error</code></td><td>500</td><td>A mistake in the gateway: please report it with its request id</td><td lang="zh-CN">网关内部出错：请附上 request_id 反馈</td></tr>
</tbody>
</table>
</html>
`;
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

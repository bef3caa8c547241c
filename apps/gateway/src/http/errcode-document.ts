import { errcodeFailure, errcodeTable } from '#wechat';
import { statusOf } from './problem.js';

const introduction = `# What WeChat's errcodes become

WeChat answers nearly everything with status 200 and an \`errcode\`. The gateway turns each into a status and a \`code\` that
say who can do something about it, and adds a hint in plain words; the problem's member \`wechat\` holds what WeChat said.

- \`token_refused\`: the gateway renews the token and repeats the call by itself; a caller sees it only when that failed too.
- \`wechat_busy\`, \`wechat_quota_reached\`: the request is fine; come again after \`Retry-After\`. A quota of the day returns at midnight in China,
  a limit per minute within one.
- \`wechat_refused\`, \`code_used\`, \`code_invalid\`, \`authorization_expired\`: the caller, or the person, must do something else.
- \`permission_missing\`: an account that authorised a platform must do so again with one more permission, which the problem names.
- \`app_needs_attention\`: only the operator can cure it. The app's check shows the same hint.

On the calls that send the AppSecret itself, 40001 and 40014 mean that the secret is wrong (\`app_needs_attention\`). For codes of
the unlimited kind, 45009 is a limit per minute. A number that is not in the table is \`wechat_refused\`, with all that WeChat said.
This file is made from the code by \`npm run errcodes\`, and a test holds it to that.

| errcode | status | code | what it asks | 处理方法 |
| --- | --- | --- | --- | --- |
`;

/** `docs/errcodes.md`, from the table that decides. */
export function errcodeDocument(): string {
  const lines = [...errcodeTable]
    .sort(([a], [b]) => a - b)
    .map(([errcode, { action, hint }]) => {
      const { kind, code } = errcodeFailure(action);
      return `| ${errcode} | ${statusOf[kind]} | \`${code}\` | ${hint.en} | ${hint.zh} |\n`;
    });
  return introduction + lines.join('');
}

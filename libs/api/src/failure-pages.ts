import type { FailureKind, GatewayError, Language } from '#errors';
import { escapeHtml, page, pageLanguage } from './pages.js';

export interface FailedVisit {
  /** Of the page; none where no person is expected to look. */
  readonly style: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly requestId: string;
}

/** What a person is shown of a failure; nothing where none is expected to look, or where no page was asked for. */
export function failurePage(failure: GatewayError | undefined, { style, headers, requestId }: FailedVisit): string | undefined {
  if (style === undefined || !String(headers.accept).includes('text/html')) return undefined;
  const language = pageLanguage(headers['accept-language']);
  const word = words[language];
  const again = `<p><a class="button" href="">${word.again}</a></p>`;
  return page({
    language,
    title: word.title,
    style,
    body: `<h1>${word.title}</h1>
<p class="outcome">${word[sortOf(failure)]}</p>
${sortOf(failure) === 'later' ? again : ''}
<p class="age"><small>${escapeHtml(failure?.failure.title[language] ?? 'internal_error')} · ${escapeHtml(requestId)}</small></p>`,
  });
}

type Sort = 'gone' | 'later' | 'broken';

const later: readonly FailureKind[] = ['limited', 'unavailable', 'upstream-silent', 'upstream-broken'];

function sortOf(failure: GatewayError | undefined): Sort {
  if (failure && later.includes(failure.failure.kind)) return 'later';
  return failure?.failure.kind === 'missing' || failure?.failure.kind === 'gone' ? 'gone' : 'broken';
}

const words: Record<Language, Record<Sort | 'title' | 'again', string>> = {
  zh: {
    title: '微信登录',
    gone: '这个链接无效，或已经过期：请返回网站重新登录',
    later: '现在暂时无法登录，请稍后重试',
    broken: '登录没有成功，请返回网站重新登录',
    again: '重试',
  },
  en: {
    title: 'Log in with WeChat',
    gone: 'This link is not valid, or its time is over: please begin again on the website',
    later: 'Logging in does not work at the moment: please try again shortly',
    broken: 'The login did not succeed: please begin again on the website',
    again: 'Try again',
  },
};

import { escapeHtml } from '#api';

export type PageLanguage = 'zh' | 'en';

/** Chinese, unless the browser asks for something else first. */
export const languageOf = (acceptLanguage: string | undefined): PageLanguage =>
  acceptLanguage === undefined || /^\s*(zh|\*)/i.test(acceptLanguage) ? 'zh' : 'en';

export const page = ({
  language,
  title,
  body,
  script = '',
}: {
  language: PageLanguage;
  title: string;
  body: string;
  script?: string;
}): string =>
  `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/login/login.css">
<main>
${body}
</main>
${script}
</html>
`;

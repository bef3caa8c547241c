import { Header, applyDecorators } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Language } from '#errors';
import { languageOf } from './languages.js';

/** Scripts and styles are plain files beside the sources. The compiler does not copy them, so they are read from there. */
export function pageFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return readFileSync(join(folder, path), 'utf8');
}

/** Of an answer that is a page. */
export const htmlContent = { content: { 'text/html': { schema: { type: 'string' as const }, example: '<!doctype html>…' } } };

/** The answer is a file of a page. */
export const ServesFile = (type: 'text/javascript' | 'text/css', example = '…'): MethodDecorator =>
  applyDecorators(
    Header('content-type', `${type}; charset=utf-8`),
    Header('cache-control', 'public, max-age=300'),
    ApiOkResponse({ content: { [type]: { schema: { type: 'string' }, example } } }),
  );

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Only what the gateway itself serves may run on its pages, and nobody may frame them. */
export const ownPagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Of pages that people come to from WeChat: Chinese, unless the browser wants something else. */
export const pageLanguage = (acceptLanguage: string | string[] | undefined): Language => languageOf(acceptLanguage, 'zh');

export interface PageParts {
  readonly language: Language;
  readonly title: string;
  readonly body: string;
  /** The address of the style sheet. */
  readonly style: string;
  readonly script?: string;
}

export const page = ({ language, title, body, style, script = '' }: PageParts): string =>
  `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${style}">
<main>
${body}
</main>
${script}
</html>
`;

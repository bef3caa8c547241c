import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
  applyDecorators,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { type Language, inLanguage } from '#errors';
import { Settings } from '#settings';
import { type Observable, map } from 'rxjs';

/** Of English and Chinese what the client likes better; `otherwise` where it does not say. Whoever names neither gets English. */
export function languageOf(acceptLanguage: string | string[] | undefined, otherwise: Language): Language {
  const wanted = String(acceptLanguage ?? '*')
    .split(',')
    .map((range) => {
      const [, tag = '', quality = '1'] = /^\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([\d.]+))?\s*$/.exec(range) ?? [];
      return { tag: tag.toLowerCase().split('-')[0] ?? '', quality: Number(quality) };
    })
    .filter(({ tag, quality }) => ['zh', 'en', '*'].includes(tag) && quality > 0);
  const [best] = wanted.sort((a, b) => b.quality - a.quality);
  if (!best) return 'en';
  return best.tag === '*' ? otherwise : (best.tag as Language);
}

export const languageHeaders = (language: Language): Record<string, string> => ({
  'content-language': language === 'zh' ? 'zh-CN' : 'en',
  vary: 'Accept-Language',
});

interface Request {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

@Injectable()
class AnswersInLanguage implements NestInterceptor {
  constructor(private readonly settings: Settings) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { headers } = http.getRequest<Request>();
    const language = languageOf(headers['accept-language'], this.settings.defaultLanguage);
    http.getResponse<{ headers(all: Record<string, string>): void }>().headers(languageHeaders(language));
    return next.handle().pipe(map((answer: unknown) => inLanguage(answer, language)));
  }
}

/** The answer of the route holds sentences for people: each is told in the language of `Accept-Language`. */
export const InCallersLanguage = (): MethodDecorator =>
  applyDecorators(
    UseInterceptors(AnswersInLanguage),
    ApiHeader({
      name: 'Accept-Language',
      description: '`zh` or `en`: of the sentences in the answer',
      required: false,
      schema: { type: 'string', pattern: '^[A-Za-z0-9*,;=. -]{1,100}$', example: 'zh-CN' },
    }),
  );

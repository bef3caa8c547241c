import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { PushQuery } from '#wechat';
import { PushRefused } from './callback-errors.js';

export type RawQuery = Record<string, unknown>;

const names = ['signature', 'timestamp', 'nonce', 'encrypt_type', 'msg_signature', 'echostr'] as const;

/** A parameter that comes twice could mean different things to two readers. WeChat sends each once. */
export function pushQuery(query: RawQuery): PushQuery {
  const known: Partial<Record<(typeof names)[number], string>> = {};
  for (const name of names) {
    const value = query[name];
    if (typeof value === 'string') known[name] = value;
    else if (value !== undefined) throw new PushRefused({ en: `${name} came more than once`, zh: `${name} 出现了多次` });
  }
  return known;
}

/** The parameters that WeChat adds, for the description of the API. */
export function stampParameters({ echo = false } = {}): MethodDecorator {
  const parameter = (name: string, description: string, example: string): MethodDecorator =>
    ApiQuery({ name, description, required: false, schema: { type: 'string' }, example });
  return applyDecorators(
    parameter('signature', 'Over token, timestamp and nonce', '5c1a…'),
    parameter('timestamp', 'Unix seconds', '1769860800'),
    parameter('nonce', 'Random digits', '1320562132'),
    ...(echo
      ? [parameter('echostr', 'To be echoed', '5927782489442352469')]
      : [
          parameter('encrypt_type', '`aes` where the body is encrypted', 'aes'),
          parameter('msg_signature', 'Over the ciphertext too', '8e4f…'),
        ]),
  );
}

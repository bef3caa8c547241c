import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { InvalidInput } from '#errors';
import { Text, Whole } from './fields.js';

export const cursorPattern = /^[A-Za-z0-9_-]{1,512}$/;

/** `?limit=&cursor=` of every list. A list's own filters extend it. */
export class PageQuery {
  @Whole('How many items at most', { optional: true, inQuery: true, min: 1, max: 200, default: 50 }) limit: number = 50;
  @Text('`next_cursor` of the page before', {
    optional: true,
    pattern: cursorPattern,
    message: 'must be the next_cursor of an earlier page',
  })
  cursor?: string;
}

export interface Page<T> {
  readonly items: T[];
  readonly next_cursor: string | null;
}

/** Ask the database for `limit + 1` rows: the one too many tells that there is a next page. */
export function pageOf<Row, Item>(rows: Row[], limit: number, shape: (row: Row) => Item, key: (row: Row) => string): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(shape),
    next_cursor: rows.length > limit && last ? cursorOf(key(last)) : null,
  };
}

export const cursorOf = (key: string): string => Buffer.from(key).toString('base64url');

/** The key that `pageOf` put into the cursor, checked before it goes near the database. */
export function keyOfCursor(cursor: string | undefined, pattern: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!pattern.test(key)) throw new InvalidInput([{ path: 'cursor', message: 'must be the next_cursor of an earlier page' }]);
  return key;
}

/** Documents `{items, next_cursor}` of the given item. */
export const ApiPage = (item: Type<unknown>): MethodDecorator => ApiPageOf(item, {});

export const ApiPageOf = (
  item: Type<unknown>,
  besides: Record<string, { type: 'string'; description: string; example: string }>,
): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({
      description: 'A page of the list',
      schema: {
        type: 'object',
        required: ['items', 'next_cursor', ...Object.keys(besides)],
        additionalProperties: false,
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(item) } },
          next_cursor: {
            type: 'string',
            nullable: true,
            description: 'Pass as `cursor` for the next page; null on the last one',
          },
          ...besides,
        },
      },
    }),
  );

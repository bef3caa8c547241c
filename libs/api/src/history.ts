import { type Type, applyDecorators } from '@nestjs/common';
import { CursorOfAnotherTime, InvalidInput, StorageUnavailable } from '#errors';
import { And, type FindOptionsWhere, LessThan, MoreThan, MoreThanOrEqual } from 'typeorm';
import { failsBy } from './fails-with.js';
import { OneOf, Text, Time } from './fields.js';
import { ApiPageOf, PageQuery, cursorOf, cursorPattern, keyOfCursor } from './paging.js';
import { timeOf } from './time.js';

type Order = 'asc' | 'desc';

/** What every list of what happened takes. A list's own filters extend it. */
export class HistoryQuery extends PageQuery {
  @OneOf(['asc', 'desc'], '`asc`: the oldest first, `desc`: the newest first. The summary says which one a list begins with', {
    optional: true,
  })
  order?: Order;
  @Time('From this time on', { optional: true, example: '2026-01-01T00:00:00Z' }) since?: string;
  @Time('Before this time', { optional: true, example: '2030-01-01T00:00:00Z' }) until?: string;
  @Text('`next_cursor` of the page before, or the `resume_cursor` of any: what came since then', {
    optional: true,
    pattern: cursorPattern,
    message: 'must be the next_cursor or resume_cursor of an earlier page',
    example: 'NDI',
  })
  override cursor?: string;
}

/** Which rows a page may show, by their numbers, which rise in the order of commits, and by their times. */
export interface Span {
  readonly order: Order;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** The newest that there was when somebody began to read backwards. */
  readonly newest?: string | undefined;
}

interface AskedSpan extends Span {
  /** In which the cursor was given. */
  readonly epoch?: string | undefined;
  /** The order of the list where none is asked for. */
  readonly usual: Order;
}

export interface History<T> {
  readonly items: T[];
  readonly next_cursor: string | null;
  readonly resume_cursor: string;
}

/**
 * `5-`: after a number; `0-9-12`: also below another, for who reads backwards, with the number to go on from when that is
 * over. Behind `@` is the epoch in which it was given, unless that is the first. `5` is how 0.1.0 wrote where a list goes on in its usual order, and how lists still do whose usual order is asc.
 */
const shape = /^(\d{1,18})(?:(-)(?:(\d{1,18})-(\d{1,18}))?)?(?:@([0-9A-Za-z]{12}))?$/;
/** Its cursors are written without it, as releases do that know of no other. */
const firstEpoch = 'first';

/** The highest number of a list, and the epoch of the database that gave it. */
export interface Latest {
  readonly number: string | null;
  /** Null where the database is another one than it was, and nobody has noticed yet. */
  readonly epoch: string | null;
}

export function spanOf({ cursor, since, until, order }: HistoryQuery, usual: Order): AskedSpan {
  const [, number, dash, before, newest, epoch] = shape.exec(keyOfCursor(cursor, shape) ?? '') ?? [];
  const goesBack = usual === 'desc' && order !== 'asc' && dash === undefined;
  const span = {
    usual,
    epoch: cursor === undefined ? undefined : (epoch ?? firstEpoch),
    order: order ?? usual,
    ...(goesBack ? { before: number } : { after: number, before, newest }),
    since: since === undefined ? undefined : timeOf('since', since),
    until: until === undefined ? undefined : timeOf('until', until),
  };
  if (before !== undefined && span.order === 'asc')
    throw new InvalidInput([{ path: 'cursor', message: 'belongs to order=desc' }]);
  return span;
}

/** The span as a condition on the columns that hold a row's number and its time. */
export function rowsIn<Row>({ after, before, since, until }: Span, number: keyof Row, time: keyof Row): FindOptionsWhere<Row> {
  const numbers = [...(after === undefined ? [] : [MoreThan(after)]), ...(before === undefined ? [] : [LessThan(before)])];
  const times = [...(since ? [MoreThanOrEqual(since)] : []), ...(until ? [LessThan(until)] : [])];
  return {
    ...(numbers.length > 0 && { [number]: And(...numbers) }),
    ...(times.length > 0 && { [time]: And(...times) }),
  } as FindOptionsWhere<Row>;
}

/**
 * A page of `limit + 1` rows, or of fewer where it was cut. Who has read to the end goes on later from `resume_cursor`, and is told whatever was
 * committed since, once: `latest` is the number that was the highest before the rows were read, so what does not fit
 * the filters is not looked through again.
 */
export function historyOf<Row, Item>(
  { rows, latest, span, limit, isCut = false }: { rows: Row[]; latest: Latest; span: AskedSpan; limit: number; isCut?: boolean },
  show: (row: Row) => Item,
  number: (row: Row) => string,
): History<Item> {
  if (latest.epoch === null) throw new StorageUnavailable();
  if (span.epoch !== undefined && span.epoch !== latest.epoch) throw new CursorOfAnotherTime();
  const mark = latest.epoch === firstEpoch ? '' : `@${latest.epoch}`;
  const shown = rows.slice(0, limit);
  const [first, last] = [shown[0], shown.at(-1)];
  const isEnd = rows.length <= limit && !isCut;
  const backwards = span.order === 'desc';
  // What is excluded by `until` is not read yet.
  const seen = span.until === undefined && (isEnd || backwards) ? (latest.number ?? undefined) : undefined;
  const lead = backwards ? first : last;
  const resume = (backwards ? span.newest : undefined) ?? highest([span.after, seen, lead && number(lead)]);
  const goOn = span.usual === 'asc' ? resume : `${resume}-`;
  const next = last && (backwards ? `${span.after ?? '0'}-${number(last)}-${resume}` : goOn);
  return {
    items: shown.map(show),
    next_cursor: isEnd || next === undefined ? null : cursorOf(next + mark),
    resume_cursor: cursorOf(goOn + mark),
  };
}

const highest = (numbers: (string | undefined)[]): string =>
  numbers.reduce<string>((most, one) => (one !== undefined && BigInt(one) > BigInt(most) ? one : most), '0');

/** Documents `{items, next_cursor, resume_cursor}` of the given item. */
export const ApiHistory = (item: Type<unknown>): MethodDecorator =>
  applyDecorators(
    failsBy('history', [CursorOfAnotherTime]),
    ApiPageOf(item, {
      resume_cursor: {
        type: 'string',
        description: 'Keep it and pass it as `cursor` at any later time: what was committed since then, each item once',
        example: 'NDI',
      },
    }),
  );

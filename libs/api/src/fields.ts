import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, PartialType } from '@nestjs/swagger';
import { Transform, Type as Convert } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { appidPattern, appidRule, exampleAppid } from './appid.js';
import { exampleOpenid, printableRule } from './openid.js';
import { timePattern, timeRule } from './time.js';

/** What every field may say of itself. */
interface Facts {
  readonly description?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  /** May be absent. `or null`: null is taken for absent, though nobody is told to send it. */
  readonly optional?: true | 'or null' | undefined;
  /** May be null; in a request, absent is as good then. */
  readonly nullable?: true;
}

export type Said<T = unknown> = [description: string, more?: Facts & T] | [more?: Facts & T];

export const saidOf = <T>([first, more]: Said<T>): Facts & Partial<T> =>
  typeof first === 'string' ? ({ ...more, description: first } as Facts & Partial<T>) : (first ?? {});

/** Given, it must be right; unlike `IsOptional`, null does not pass for absent. */
const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/**
 * Rule, description and example of a field in one decorator: class-validator holds requests to it, swagger describes it. The
 * fields of answers are declared in the same words.
 */
export const field = ({ optional, ...facts }: Facts, schema: object, ...rules: PropertyDecorator[]): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ ...schema, ...facts, ...(optional && { required: false }) }),
    ...(facts.nullable || optional === 'or null' ? [IsOptional()] : optional ? [IfGiven()] : []),
    ...rules,
  );

/** A rule that nothing but a function can tell. */
export const Passes = (test: (value: unknown) => boolean, message: string, each = false): PropertyDecorator =>
  ValidateBy({ name: 'passes', validator: { validate: test } }, { message, each });

interface OfText {
  readonly min?: number;
  readonly max?: number;
  /** Then the lengths only describe. */
  readonly pattern?: RegExp;
  readonly message?: string;
}

export function Text(...said: Said<OfText>): PropertyDecorator {
  const { min, max, pattern, message, ...facts } = saidOf(said);
  const schema = { type: String, minLength: min, maxLength: max };
  // Readers of the description know no Unicode classes.
  if (pattern)
    return field(
      facts,
      { ...schema, ...(!pattern.unicode && { pattern: pattern.source }) },
      Matches(pattern, { message: message ?? '' }),
    );
  const rule = message ?? (min ? `must have ${min} to ${max} characters` : `must have up to ${max} characters`);
  return field(
    facts,
    schema,
    IsString({ message: 'must be a text' }),
    ...(max ? [Length(min ?? 0, max, { message: rule })] : []),
  );
}

/** A text of printable ASCII without spaces, of which we read nothing. */
export const Printable = (max: number, ...said: Said): PropertyDecorator =>
  Text({ pattern: new RegExp(`^[\\x21-\\x7e]{1,${max}}$`), message: printableRule(max), ...saidOf(said) });

/** What WeChat issues and nobody else reads: openids, unionids, codes, tickets. */
export const Opaque = (...said: Said): PropertyDecorator => Printable(512, ...said);

export const Openid = (...said: Said): PropertyDecorator => Opaque({ example: exampleOpenid, ...saidOf(said) });

export const Unionid = (...said: Said): PropertyDecorator => Opaque({ example: 'oXyZ01bCdEfGhIjKlMnOpQrStUvW', ...saidOf(said) });

export const Appid = (...said: Said): PropertyDecorator =>
  Text({ pattern: appidPattern, message: appidRule, example: exampleAppid, ...saidOf(said) });

/** A name that a person gave: something to see among its characters, and no control characters. */
export const Label = (...said: Said): PropertyDecorator =>
  Text({
    min: 1,
    max: 100,
    pattern: /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,100}$/u,
    message: 'must have 1 to 100 characters, not only spaces and no control characters',
    ...saidOf(said),
  });

/** A moment as RFC 3339 writes it. */
export const Time = (...said: Said): PropertyDecorator =>
  field(
    { example: '2026-01-31T12:00:00.000Z', ...saidOf(said) },
    { type: String, format: 'date-time' },
    Matches(timePattern, { message: timeRule }),
  );

const pagePattern = /^https?:\/\/[\x21-\x7e\u0080-\uffff]{1,2000}$/;
const isPage = (value: unknown, pattern = pagePattern): boolean =>
  typeof value === 'string' && pattern.test(value) && URL.canParse(value);

/** The address of a page, which a browser opens. */
export const PageAddress = (...said: Said<{ pattern?: RegExp }>): PropertyDecorator => {
  const { pattern, ...facts } = saidOf(said);
  const rule = Passes((value) => isPage(value, pattern), 'must be the http or https address of a page');
  return field(facts, { type: String }, rule);
};

export const Origin = (...said: Said): PropertyDecorator =>
  field(
    { example: 'https://shop.example.com', ...saidOf(said) },
    { type: String },
    Passes(
      (value) => isPage(value) && new URL(String(value)).origin === value,
      'must be an origin such as https://shop.example.com',
    ),
  );

interface OfNumber {
  readonly min?: number;
  readonly max?: number;
  /** Where everything is a text. */
  readonly inQuery?: true;
}

export function Whole(...said: Said<OfNumber>): PropertyDecorator {
  const { min, max, inQuery, ...facts } = saidOf(said);
  return field(
    facts,
    { type: 'integer', minimum: min, maximum: max },
    ...(inQuery ? [Convert(() => Number)] : []),
    IsInt({ message: 'must be a whole number' }),
    ...(min === undefined ? [] : [Min(min)]),
    ...(max === undefined ? [] : [Max(max)]),
  );
}

export const Flag = (...said: Said<{ inQuery?: true }>): PropertyDecorator => {
  const { inQuery, ...facts } = saidOf(said);
  const read = Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));
  return field(facts, { type: Boolean }, ...(inQuery ? [read] : []), IsBoolean({ message: 'must be true or false' }));
};

export const OneOf = (values: readonly (string | number | boolean)[], ...said: Said): PropertyDecorator =>
  field(saidOf(said), { enum: values }, IsIn(values, { message: `must be one of ${values.join(', ')}` }));

interface OfList {
  readonly min?: number;
  readonly max?: number;
  readonly unique?: boolean;
}

const list = ({ min, max, unique }: OfList): PropertyDecorator[] => [
  IsArray({ message: 'must be a list' }),
  ...(min === undefined ? [] : [ArrayMinSize(min, { message: `must hold at least ${min}` })]),
  ...(max === undefined ? [] : [ArrayMaxSize(max, { message: `must hold at most ${max}` })]),
  ...(unique ? [ArrayUnique({ message: 'must not hold the same twice' })] : []),
];

interface OfSome extends OfList {
  /** Taken as well, though nobody is told of them. */
  readonly takes?: readonly string[];
}

export const SomeOf = (values: readonly string[], ...said: Said<OfSome>): PropertyDecorator => {
  const { min, max, unique, takes = [], ...facts } = saidOf(said);
  const each = IsIn([...values, ...takes], { each: true, message: `must be among ${values.join(', ')}` });
  return field(facts, { enum: values, isArray: true, minItems: min, uniqueItems: unique }, ...list({ min, max, unique }), each);
};

interface OfTexts extends OfList {
  readonly pattern?: RegExp;
  readonly passes?: (value: unknown) => boolean;
  readonly message?: string;
  /** `"*"` stands for everything there is. */
  readonly orAll?: true;
}

export function Texts(...said: Said<OfTexts>): PropertyDecorator {
  const { min, max, unique, pattern, passes, message = '', orAll, ...facts } = saidOf(said);
  const items = { type: 'string', pattern: pattern?.source };
  const schema = { minItems: min, maxItems: max, uniqueItems: unique, items };
  const rules = [
    ...list({ min, max, unique }),
    ...(pattern ? [Matches(pattern, { each: true, message })] : []),
    ...(passes ? [Passes(passes, message, true)] : []),
  ];
  if (!orAll) return field(facts, { type: String, isArray: true, ...schema }, ...rules);
  const all = Transform(({ value }: { value: unknown }) => (value === '*' ? ['*'] : value));
  return field(
    facts,
    {
      oneOf: [
        { type: 'string', enum: ['*'] },
        { type: 'array', ...schema },
      ],
    },
    all,
    ...rules,
  );
}

/** Which apps: a list of appids, or all there are and will be. */
export const Appids = (...said: Said): PropertyDecorator =>
  Texts({
    min: 1,
    max: 1_000,
    unique: true,
    orAll: true,
    pattern: new RegExp(`^\\*$|${appidPattern.source}`),
    message: 'must hold appids (wx and 16 hex digits in lower case) or "*"',
    example: [exampleAppid],
    ...saidOf(said),
  });

/** An object of a class of its own. */
export const Part = (type: Type<unknown>, ...said: Said): PropertyDecorator =>
  field(
    saidOf(said),
    { type },
    IsObject({ message: 'must be an object' }),
    ValidateNested(),
    Convert(() => type),
  );

export function Parts(type: Type<unknown>, ...said: Said<OfList>): PropertyDecorator {
  const { min, max, unique, ...facts } = saidOf(said);
  return field(
    facts,
    { type: [type], minItems: min, maxItems: max },
    ...list({ min, max, unique }),
    IsObject({ each: true, message: 'must hold objects' }),
    ValidateNested({ each: true }),
    Convert(() => type),
  );
}

/** An object in words that are not ours: WeChat's, or names that others chose. */
export const Json = (...said: Said<{ values?: object | true }>): PropertyDecorator => {
  const { values = true, ...facts } = saidOf(said);
  return field(facts, { type: 'object', additionalProperties: values }, IsObject({ message: 'must be an object' }));
};

/** A body of which only what changes need be given: what is absent stays. */
export const ChangeOf = <T>(body: Type<T>): Type<Partial<T>> => PartialType(body, { skipNullProperties: false });

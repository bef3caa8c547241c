import { ApiPropertyOptional } from '@nestjs/swagger';
import { appidPattern, exampleAppid } from '#api';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';

export const appidsSchema = {
  description: 'Apps whose events it gets, or `"*"` for every app, those to come included (for a key that holds every app)',
  oneOf: [
    { type: 'string', enum: ['*'] },
    {
      type: 'array',
      minItems: 1,
      maxItems: 1_000,
      uniqueItems: true,
      items: { type: 'string', pattern: `^\\*$|${appidPattern.source}` },
    },
  ],
  example: [exampleAppid],
};
const typePattern = /^(\*|(message|event)\.(\*|[a-z0-9_]{1,64}))$/;
export const typesSchema = {
  description: 'Types of events that it gets: `message.text`, `event.*` for all of a kind, or `"*"`',
  oneOf: [
    { type: 'string', enum: ['*'] },
    { type: 'array', minItems: 1, maxItems: 100, uniqueItems: true, items: { type: 'string', pattern: typePattern.source } },
  ],
  example: ['message.text', 'event.subscribe'],
};
export const descriptionSchema = { description: 'For whom it is', maxLength: 200, example: 'orders of the shop' };
export const ageSchema = {
  description: 'An event that is older by the time of an attempt is not sent; never too old if null',
  type: 'integer',
  minimum: 1,
  maximum: 2_592_000,
  nullable: true,
} as const;
export const replySchema = { description: 'Its answer to a delivery may become the reply to the person' };

/** Given, it must be right; unlike `IsOptional`, null does not pass for absent. */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

const All = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => (value === '*' ? ['*'] : value));

export const AreAppids = (): PropertyDecorator => (target, name) => {
  All()(target, name);
  IsArray({ message: 'must be "*" or a list of appids' })(target, name);
  ArrayMinSize(1, { message: 'must name at least one app, or be "*"' })(target, name);
  ArrayMaxSize(1_000)(target, name);
  ArrayUnique({ message: 'must not repeat an appid' })(target, name);
  const message = 'must hold appids (wx and 16 hex digits in lower case) or "*"';
  Matches(new RegExp(`^\\*$|${appidPattern.source}`), { each: true, message })(target, name);
};

export const AreTypes = (): PropertyDecorator => (target, name) => {
  All()(target, name);
  IsArray({ message: 'must be "*" or a list of types' })(target, name);
  ArrayMinSize(1, { message: 'must name at least one type, or be "*"' })(target, name);
  ArrayMaxSize(100)(target, name);
  ArrayUnique({ message: 'must not repeat a type' })(target, name);
  Matches(typePattern, { each: true, message: 'must hold types such as message.text, event.* or "*"' })(target, name);
};

export const IsDescription = (): PropertyDecorator =>
  Matches(/^[^\p{Cc}\p{Cs}]{0,200}$/u, { message: 'must have up to 200 characters, no control characters among them' });

export const IsAge = (): PropertyDecorator => (target, name) => {
  IsOptional()(target, name);
  IsInt({ message: 'must be a whole number of seconds' })(target, name);
  Min(1)(target, name);
  Max(2_592_000)(target, name);
};

const tokenSchema = {
  description: 'For the format `wechat`: the token that its framework is set up with; made if it is not given',
  pattern: '^[A-Za-z0-9]{3,32}$',
};
const aesKeySchema = {
  description: 'For the format `wechat`: the EncodingAESKey that its framework is set up with; made if it is not given',
  pattern: '^[A-Za-z0-9]{43}$',
};

export const IsRelayToken = (): PropertyDecorator => (target, name) => {
  ApiPropertyOptional({ ...tokenSchema, example: 'OwnToken' })(target, name);
  IfGiven()(target, name);
  Matches(/^[A-Za-z0-9]{3,32}$/, { message: 'must have 3 to 32 letters and digits' })(target, name);
};

export const IsRelayAesKey = (): PropertyDecorator => (target, name) => {
  ApiPropertyOptional({ ...aesKeySchema, example: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' })(target, name);
  IfGiven()(target, name);
  Matches(/^[A-Za-z0-9]{43}$/, { message: 'must have 43 letters and digits' })(target, name);
};

import { type Said, Text, Texts, Whole, saidOf } from '#api';

const typePattern = /^(\*|(message|event)\.(\*|[a-z0-9_]{1,64}))$/;

export const Types = (...said: Said): PropertyDecorator =>
  Texts('Types of events that it gets: `message.text`, `event.*` for all of a kind, or `"*"`', {
    min: 1,
    max: 100,
    unique: true,
    orAll: true,
    pattern: typePattern,
    message: 'must hold types such as message.text, event.* or "*"',
    example: ['message.text', 'event.subscribe'],
    ...saidOf(said),
  });

export const Purpose = (...said: Said): PropertyDecorator =>
  Text('For whom it is', {
    max: 200,
    pattern: /^[^\p{Cc}\p{Cs}]{0,200}$/u,
    message: 'must have up to 200 characters, no control characters among them',
    example: 'orders of the shop',
    ...saidOf(said),
  });

export const Age = (...said: Said): PropertyDecorator =>
  Whole('An event that is older by the time of an attempt is not sent; never too old if null', {
    min: 1,
    max: 2_592_000,
    nullable: true,
    ...saidOf(said),
  });

export const RelayToken = (): PropertyDecorator =>
  Text('For the format `wechat`: the token that its framework is set up with; made if it is not given', {
    optional: true,
    pattern: /^[A-Za-z0-9]{3,32}$/,
    message: 'must have 3 to 32 letters and digits',
    example: 'OwnToken',
  });

export const RelayAesKey = (): PropertyDecorator =>
  Text('For the format `wechat`: the EncodingAESKey that its framework is set up with; made if it is not given', {
    optional: true,
    pattern: /^[A-Za-z0-9]{43}$/,
    message: 'must have 43 letters and digits',
    example: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  });

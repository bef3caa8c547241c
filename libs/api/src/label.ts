import { Matches } from 'class-validator';

/** A name that a person gave: 1 to 100 characters, something to see among them, no control characters. */
export const labelPattern = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,100}$/u;

export const IsLabel = (): PropertyDecorator =>
  Matches(labelPattern, { message: 'must have 1 to 100 characters, not only spaces and no control characters' });

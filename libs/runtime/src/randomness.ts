import { randomBytes, randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Random values that nobody can guess. */
export abstract class Randomness {
  abstract bytes(count: number): Buffer;
  /** Letters and digits, 5.95 bits each: safe in URLs, headers and double-click selections. */
  abstract word(length: number): string;
  /** From 0 to less than 1, to spread what must not happen at the same time. */
  abstract fraction(): number;
}

@Injectable()
export class SystemRandomness extends Randomness {
  override bytes(count: number): Buffer {
    return randomBytes(count);
  }

  override word(length: number): string {
    return Array.from({ length }, () => base62.charAt(randomInt(base62.length))).join('');
  }

  override fraction(): number {
    return randomInt(2 ** 32) / 2 ** 32;
  }
}

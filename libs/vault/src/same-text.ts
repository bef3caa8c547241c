import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in constant time, of whatever lengths: how long it takes tells nothing of either text. */
export const isSameText = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));

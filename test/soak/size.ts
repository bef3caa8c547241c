/** These tests come in two sizes: `npm run soak -- --ci` runs them all in the quick one, `npm run soak` in the full one. */
const isFull = process.env.SOAK === 'full';

export const sized = <T>(sizes: { quick: T; full: T }): T => (isFull ? sizes.full : sizes.quick);

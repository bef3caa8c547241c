/** These tests come in two sizes: the quick one runs in `npm test`, the full one by `npm run soak`. */
const isFull = process.env.SOAK === 'full';

export const sized = <T>(sizes: { quick: T; full: T }): T => (isFull ? sizes.full : sizes.quick);

import { afterEach } from '@jest/globals';

type Work = () => Promise<unknown>;
const pending: Work[] = [];

/** Undone after the test whatever its end, the latest first: a gateway stops before its database goes. */
export function afterThisTest(work: Work): void {
  pending.push(work);
}

afterEach(async () => {
  for (let work = pending.pop(); work; work = pending.pop()) await work();
});

import { afterAll, afterEach, beforeAll } from '@jest/globals';

type Work = () => Promise<unknown>;
let pending: Work[] = [];

/** Undone after the test whatever its end, the latest first: a gateway stops before its database goes. */
export function afterThisTest(work: Work): void {
  pending.push(work);
}

/**
 * Built once for all tests of the describe that says so, and undone after the last: for tests that leave nothing behind which
 * another could see. A house of one's own costs half a second of CPU.
 */
export function shared<T>(build: () => Promise<T>): () => T {
  let built: T | undefined;
  let undone: Work[] = [];
  beforeAll(async () => {
    pending = [];
    built = await build();
    [undone, pending] = [pending, []];
  });
  afterAll(() => undo(undone));
  return () => {
    if (built === undefined) throw new Error('It is built when the tests run, not when they are collected');
    return built;
  };
}

afterEach(() => undo(pending));

async function undo(works: Work[]): Promise<void> {
  for (let work = works.pop(); work; work = works.pop()) await work();
}

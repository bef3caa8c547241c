import { describe, expect, it } from '@jest/globals';
import { CredentialMemory } from './credential-memory.js';

const name = 'wx00000000000000aa access_token';
const held = (value: string, fence: bigint) => ({ value, fence, epoch: 'first', expiresAt: new Date(), secondsLeft: 7_200 });

describe('The memory of credentials', () => {
  it('keeps the newer one, whichever comes last', () => {
    const memory = new CredentialMemory();

    memory.put(name, held('new', 2n));
    memory.put(name, held('old', 1n));

    expect(memory.get(name)?.value).toBe('new');
  });

  it('does not hand out again what was buried, when a look that began before comes back', () => {
    const memory = new CredentialMemory();
    memory.put(name, held('dead', 1n));

    memory.bury(name, 2n);
    memory.put(name, held('dead', 1n));
    const between = memory.get(name);
    memory.put(name, held('fresh', 2n));

    expect(between).toBeUndefined();
    expect(memory.get(name)?.value).toBe('fresh');
    expect(memory.living().map(([, { value }]) => value)).toEqual(['fresh']);
  });

  it('does not either when that look saw it under the claim by which it was found dead', () => {
    const memory = new CredentialMemory();
    memory.put(name, held('dead', 1n));

    memory.bury(name, 2n, 'dead');
    memory.bury(name, 2n);
    memory.put(name, held('dead', 2n));
    const between = memory.get(name);
    memory.put(name, held('fresh', 2n));

    expect(between).toBeUndefined();
    expect(memory.get(name)?.value).toBe('fresh');
  });

  it('forgets a row that is gone', () => {
    const memory = new CredentialMemory();
    memory.bury(name, 9n);

    memory.drop(name);
    memory.put(name, held('of an app registered anew', 1n));

    expect(memory.get(name)?.value).toBe('of an app registered anew');
  });
});

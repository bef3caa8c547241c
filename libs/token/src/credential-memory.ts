import { performance } from 'node:perf_hooks';

/** A living credential in this process. Its end is measured on this process's steady clock, so no clocks are compared. */
export interface Held {
  readonly value: string;
  readonly fence: bigint;
  /** The epoch of the database that it was read from. */
  readonly epoch: string;
  readonly expiresAt: Date;
  readonly deadline: number;
}

export const secondsLeftOf = (held: Held): number => Math.floor((held.deadline - performance.now()) / 1_000);

/** The memory that the hot path reads. */
export class CredentialMemory {
  private readonly entries = new Map<string, Held & { readonly dead?: string | undefined }>();

  /** The living credential, if there is one. */
  get(name: string): Held | undefined {
    const held = this.entries.get(name);
    return held && held.deadline > performance.now() + 1_000 ? held : undefined;
  }

  /** An earlier read may arrive later, so a value replaces only one that is not newer. */
  put(name: string, held: Omit<Held, 'deadline'> & { secondsLeft: number }): void {
    const former = this.entries.get(name);
    if (former && (former.fence > held.fence || (former.fence === held.fence && former.dead === held.value))) return;
    const { value, fence, epoch, expiresAt, secondsLeft } = held;
    this.entries.set(name, { value, fence, epoch, expiresAt, deadline: performance.now() + secondsLeft * 1_000 });
  }

  /** The database of another epoch holds the same value under this fence. */
  confirm(name: string, held: Held, now: { readonly fence: bigint; readonly epoch: string }): void {
    if (this.entries.get(name) === held) this.entries.set(name, { ...held, ...now });
  }

  /** There is no credential any more. */
  drop(name: string): void {
    this.entries.delete(name);
  }

  /**
   * The one with a lower fence is dead: a look at the row that began before that must not bring it back. Nor one that saw
   * the `dead` value under the fence of the claim by which it was examined.
   */
  bury(name: string, fence: bigint, dead?: string): void {
    const former = this.entries.get(name);
    if (former && former.fence > fence) return;
    const known = dead ?? (former?.fence === fence ? former.dead : undefined);
    this.entries.set(name, { value: '', fence, epoch: former?.epoch ?? '', expiresAt: new Date(0), deadline: 0, dead: known });
  }

  living(): [string, Held][] {
    return [...this.entries].filter(([name]) => this.get(name) !== undefined);
  }

  keysStartingWith(prefix: string): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix));
  }
}

/** What may go wrong with the next calls of a path. */
export type WireFault =
  | { readonly kind: 'errcode'; readonly errcode: number; readonly errmsg?: string }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'html' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'image_type' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset_before' }
  | { readonly kind: 'reset_after' }
  | { readonly kind: 'slow'; readonly delay_ms: number };

export type PushFault =
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'delay'; readonly delay_ms: number }
  | { readonly kind: 'reorder' }
  | { readonly kind: 'mis_sign' }
  | { readonly kind: 'wrong_key' }
  | { readonly kind: 'wrong_receive_id' };

export interface Pending<Fault> {
  readonly fault: Fault;
  /** A path for calls, an appid for pushes; undefined is any. */
  readonly where: string | undefined;
  /** Only for calls that name this appid in their query or body. */
  readonly naming?: string | undefined;
  left: number;
}

/** Faults that wait for their call: the first that fits is used, once for each call, until none is left of it. */
export class FaultQueue<Fault> {
  private pending: Pending<Fault>[] = [];

  plan(fault: Fault, options: { where: string | undefined; naming?: string | undefined; count: number }): void {
    this.pending.push({ fault, where: options.where, naming: options.naming, left: options.count });
  }

  take(where: string, names: (appid: string) => boolean = () => true): Fault | undefined {
    const found = this.pending.find(
      (one) => (one.where === undefined || one.where === where) && (one.naming === undefined || names(one.naming)),
    );
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.pending = this.pending.filter((one) => one !== found);
    return found.fault;
  }

  list(): readonly Pending<Fault>[] {
    return this.pending;
  }

  clear(): void {
    this.pending = [];
  }
}

import { EventEmitter } from 'node:events';

export interface UpstreamRequest {
  readonly kind: 'request';
  readonly seq: number;
  readonly at: string;
  readonly appid: string | null;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly request_body: string;
  readonly status: number | null;
  readonly errcode: number;
  readonly response_body: string;
  readonly rid: string;
  readonly client_ip: string;
  readonly cost_in_ms: number;
  /** The fault that was put in the way of this call, if any. */
  readonly fault: string | null;
}

export interface PushRecord {
  readonly kind: 'push';
  readonly seq: number;
  readonly at: string;
  readonly push_id: string;
  readonly appid: string;
  readonly label: string;
  readonly attempt: number;
  readonly outcome: string;
}

export type JournalEntry = UpstreamRequest | PushRecord;
type Unnumbered<Entry> = Entry extends JournalEntry ? Omit<Entry, 'seq' | 'at'> : never;

export interface CallCount {
  readonly appid: string | null;
  readonly path: string;
  calls: number;
  failures: number;
}

const room = 1000;

/** What happened on the wire, in order, and how often each path was called. */
export class Journal {
  private entries: JournalEntry[] = [];
  private readonly counts = new Map<string, CallCount>();
  private readonly listeners = new EventEmitter().setMaxListeners(0);
  private seq = 0;

  constructor(private readonly now: () => number) {}

  add(entry: Unnumbered<JournalEntry>): void {
    const numbered: JournalEntry = { ...entry, seq: ++this.seq, at: new Date(this.now()).toISOString() };
    this.entries.push(numbered);
    if (this.entries.length > 2 * room) this.entries = this.entries.slice(-room);
    if (numbered.kind === 'request') this.count(numbered);
    this.listeners.emit('entry', numbered);
  }

  since(seq: number): JournalEntry[] {
    return this.entries.filter((entry) => entry.seq > seq).slice(-room);
  }

  withRid(rid: string): UpstreamRequest | undefined {
    return this.entries.find((entry): entry is UpstreamRequest => entry.kind === 'request' && entry.rid === rid);
  }

  callCounts(): CallCount[] {
    return [...this.counts.values()];
  }

  /** Calls back for each new entry until the returned function is called. */
  follow(listener: (entry: JournalEntry) => void): () => void {
    this.listeners.on('entry', listener);
    return () => this.listeners.off('entry', listener);
  }

  forget(): void {
    this.entries = [];
    this.counts.clear();
  }

  private count(request: UpstreamRequest): void {
    const name = `${request.appid} ${request.path}`;
    const count = this.counts.get(name) ?? { appid: request.appid, path: request.path, calls: 0, failures: 0 };
    count.calls += 1;
    if (request.errcode !== 0 || request.status === null || request.status >= 400) count.failures += 1;
    this.counts.set(name, count);
  }
}

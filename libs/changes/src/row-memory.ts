import type { Changes } from './changes.js';

/** Strangers can invent keys without end. */
const absentMax = 10_000;

/**
 * Keeps rows of one table in memory by key. A change anywhere drops the row within a second; a change made by this process
 * drops it at once, by `drop()`. That a row does not exist is remembered only for those who ask for just that. Given a way to
 * read `all`, it holds the whole table, for what must be known while the database is away: a changed row is read again at once,
 * and after a gap in the news all rows stay until all were read again.
 */
export class RowMemory<Row> {
  private rows = new Map<string, Row>();
  private readonly absent = new Set<string>();
  private readonly fetching = new Map<string, Promise<Row | undefined>>();
  /** Keys that changed while all rows were being read: that reading may be older than the change. */
  private changedMeanwhile: Set<string> | undefined;

  constructor(
    changes: Changes,
    table: string,
    private readonly fetch: (key: string) => Promise<Row | undefined>,
    all?: () => Promise<Map<string, Row>>,
  ) {
    changes.watch(table, (key) => {
      if (!all) return this.drop(key);
      return key === undefined ? this.readAll(all) : this.renew(key);
    });
  }

  /** Only from memory, for the hot path, which must not wait. */
  held(key: string): Row | undefined {
    return this.rows.get(key);
  }

  entries(): IterableIterator<[string, Row]> {
    return this.rows.entries();
  }

  /** The row did not exist, and no change was heard since. A stranger who asks again and again costs no query each time. */
  isKnownAbsent(key: string): boolean {
    return this.absent.has(key);
  }

  async get(key: string): Promise<Row | undefined> {
    return this.rows.get(key) ?? this.fetching.get(key) ?? this.load(key);
  }

  drop(key: string | undefined): void {
    if (key === undefined) {
      this.rows.clear();
      this.absent.clear();
      this.fetching.clear();
    } else {
      this.rows.delete(key);
      this.absent.delete(key);
      this.fetching.delete(key);
      this.changedMeanwhile?.add(key);
    }
  }

  async renew(key: string): Promise<void> {
    this.drop(key);
    await this.load(key);
  }

  async readAll(all: () => Promise<Map<string, Row>>): Promise<void> {
    const changed = new Set<string>();
    this.changedMeanwhile = changed;
    this.absent.clear();
    this.fetching.clear();
    const rows = await all();
    for (const key of changed) {
      const newer = this.rows.get(key);
      if (newer === undefined) rows.delete(key);
      else rows.set(key, newer);
    }
    this.rows = rows;
  }

  private remember(key: string, row: Row | undefined): void {
    if (row !== undefined) this.rows.set(key, row);
    else {
      if (this.absent.size >= absentMax) this.absent.clear();
      this.absent.add(key);
    }
  }

  private load(key: string): Promise<Row | undefined> {
    const loading = this.fetch(key)
      .then((row) => {
        // A read that was dropped while it ran may have seen the row before the change.
        if (this.fetching.get(key) === loading) this.remember(key, row);
        return row;
      })
      .finally(() => {
        if (this.fetching.get(key) === loading) this.fetching.delete(key);
      });
    this.fetching.set(key, loading);
    return loading;
  }
}

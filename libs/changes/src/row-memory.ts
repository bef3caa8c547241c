import type { Changes } from './changes.js';

/**
 * Rows of one table kept in memory by key. A change anywhere drops the row within a second; a change made by this
 * process drops it at once, by `drop()`. Rows that do not exist are not remembered.
 */
export class RowMemory<Row> {
  private readonly rows = new Map<string, Row>();
  private readonly fetching = new Map<string, Promise<Row | undefined>>();

  constructor(
    changes: Changes,
    table: string,
    private readonly fetch: (key: string) => Promise<Row | undefined>,
  ) {
    changes.watch(table, (key) => this.drop(key));
  }

  /** In memory already: the way of the hot path, which must not wait. */
  held(key: string): Row | undefined {
    return this.rows.get(key);
  }

  async get(key: string): Promise<Row | undefined> {
    return this.rows.get(key) ?? this.fetching.get(key) ?? this.load(key);
  }

  put(key: string, row: Row): void {
    this.rows.set(key, row);
  }

  drop(key: string | undefined): void {
    if (key === undefined) {
      this.rows.clear();
      this.fetching.clear();
    } else {
      this.rows.delete(key);
      this.fetching.delete(key);
    }
  }

  private load(key: string): Promise<Row | undefined> {
    const loading = this.fetch(key)
      .then((row) => {
        // A fetch that was dropped while under way may have read the row as it was before the change.
        if (row !== undefined && this.fetching.get(key) === loading) this.rows.set(key, row);
        return row;
      })
      .finally(() => {
        if (this.fetching.get(key) === loading) this.fetching.delete(key);
      });
    this.fetching.set(key, loading);
    return loading;
  }
}

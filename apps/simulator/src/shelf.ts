/** A map that forgets its oldest entries, so that a simulator left running under load does not grow for ever. */
export class Shelf<Value> {
  private readonly entries = new Map<string, Value>();

  constructor(private readonly room: number) {}

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  put(key: string, value: Value): void {
    this.entries.set(key, value);
    if (this.entries.size <= this.room) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      break;
    }
  }

  values(): Value[] {
    return [...this.entries.values()];
  }
}

import type { Caller } from './load.js';
import { type World, pushedApp } from './world.js';

interface Page {
  readonly items: { id: string; openid: string }[];
  readonly resume_cursor: string;
}

/** A service that reads events, always on from where it was, and from the beginning where it is told that this is no place any more. */
export class Following implements Caller {
  readonly name = 'reader';
  /** How often it was told so. */
  returns = 0;
  private read: string[] = [];
  private cursor = '';

  constructor(private readonly world: World) {}

  async turn(): Promise<void> {
    await this.readOn();
  }

  /** What it read is what is there: each event once, in order. */
  async prove(): Promise<void> {
    while ((await this.readOn()) > 0);
    const there = (await this.world.all<{ id: string }>(`/v1/apps/${pushedApp}/events`)).map(({ id }) => id);
    const missed = there.filter((id) => !this.read.includes(id)).length;
    if (this.read.join() !== there.join())
      throw new Error(`Of ${there.length} events it read ${this.read.length}, missed ${missed}, or read them in another order`);
  }

  private async readOn(): Promise<number> {
    const place = this.cursor === '' ? '' : `&cursor=${this.cursor}`;
    const { status, body } = await this.world.ask('GET', `/v1/apps/${pushedApp}/events?limit=100${place}`, {
      expect: [200, 410],
    });
    if (status === 410) {
      if (body.code !== 'cursor_of_another_time') throw new Error(JSON.stringify(body));
      this.returns++;
      this.read = [];
      this.cursor = '';
      return 1;
    }
    const { items, resume_cursor } = body as unknown as Page;
    this.read.push(...items.map(({ id }) => id));
    this.cursor = resume_cursor;
    return items.length;
  }
}

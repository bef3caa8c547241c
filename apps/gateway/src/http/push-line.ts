import { Pace } from '#callback';

/** In one turn of the event loop: so few that it stays short, and whoever comes is seen soon. */
const servedPerTurn = 8;
/** A turn takes in one new connection. Where it did, more may wait to be taken in, and they come before what waits here. */
const acceptingTurnsPerPush = 3;
/** For each of these in which every turn took one in, so many more of them pass for a push: callers wait there unseen. */
const crowdMilliseconds = 100;
/** A line that is younger is a crowd that came at once, perhaps to a process that has just started: its pace says little. */
const youngMilliseconds = 1_000;

/**
 * Those who wait while more come than can be served, and whose turn it is when a turn of the event loop ends. Node serves
 * whatever is readable before it looks for more, so without a line the turns grow, and all become slow together.
 */
export class PushLine<T> {
  private readonly waiting: { readonly one: T; readonly arrivedAt: number }[] = [];
  private readonly pace = new Pace();
  private servedInTurn = 0;
  private hasAccepted = false;
  private acceptingTurns = 0;
  /** The end of the last turn that took in none. */
  private quietAt = 0;
  /** The ends of the last two turns, while somebody waits. */
  private ends: readonly [beforeLast: number | undefined, last: number | undefined] = [undefined, undefined];

  constructor(private readonly patienceMilliseconds: number) {}

  get length(): number {
    return this.waiting.length;
  }

  /** Until one that comes now is served. */
  expectedMilliseconds(now: number): number {
    const [first] = this.waiting;
    return first && now - first.arrivedAt > youngMilliseconds ? this.waiting.length * this.pace.milliseconds : 0;
  }

  /** When what is seen now began to come, at the earliest: the turn before this one would have seen it. */
  arrivalOf(now: number): number {
    return this.ends[0] ?? now;
  }

  accepts(): void {
    this.hasAccepted = true;
  }

  /** Whether it is served at once; else it stands in line. */
  joins(one: T, arrivedAt: number): boolean {
    if (this.waiting.length > 0 || this.hasAccepted || this.servedInTurn >= servedPerTurn) this.waiting.push({ one, arrivedAt });
    else this.servedInTurn++;
    return this.waiting.length === 0;
  }

  /** Those to serve now, and those whose time is over. */
  endTurn(now: number): { due: T[]; late: T[] } {
    const [due, late]: [T[], T[]] = [[], []];
    const places = this.placesAt(now);
    let first = this.waiting[0];
    for (; first; first = this.waiting[0]) {
      const isLate = now - first.arrivedAt > this.patienceMilliseconds;
      if (!isLate && due.length >= places) break;
      (isLate ? late : due).push(first.one);
      this.waiting.shift();
    }
    const [, last] = this.ends;
    if (last !== undefined) this.pace.took(now - last, due.length);
    this.ends = first ? [last, now] : [undefined, undefined];
    this.servedInTurn = 0;
    return { due, late };
  }

  private placesAt(now: number): number {
    if (!this.hasAccepted) {
      this.quietAt = now;
      return servedPerTurn;
    }
    this.hasAccepted = false;
    const crowds = Math.max(1, (now - this.quietAt) / crowdMilliseconds);
    if (++this.acceptingTurns < acceptingTurnsPerPush * crowds) return 0;
    this.acceptingTurns = 0;
    return 1;
  }
}

import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { Refusal } from './refusal.js';
import { Shelf } from './shelf.js';
import { type Switches } from './switches.js';

export interface HeldToken<Holder> {
  readonly value: string;
  readonly holder: Holder;
  readonly expiresAt: number;
  diesAt: number | undefined;
}

interface Rules {
  readonly length: number;
  /** What becomes of the token before. */
  former(): Switches['component_token_former'];
  expiredErrcode(): number;
}

/** Tokens of which a newer one replaces the one before, as WeChat issues them to platforms and for their authorizers. */
export class OverlappingTokens<Holder> {
  private readonly issued = new Shelf<HeldToken<Holder>>(20_000);
  private readonly current = new Map<string, HeldToken<Holder>>();

  constructor(
    private readonly world: { readonly clock: VirtualClock; readonly chance: Chance; readonly switches: Switches },
    private readonly rules: Rules,
  ) {}

  mint(name: string, holder: Holder): HeldToken<Holder> {
    const { clock, chance, switches } = this.world;
    const now = clock.seconds();
    const former = this.current.get(name);
    const overlap = { five_minutes: switches.token_overlap_seconds, dead_at_once: 0, until_its_end: Infinity }[
      this.rules.former()
    ];
    if (former) former.diesAt = Math.min(former.diesAt ?? Infinity, now + overlap);
    const expiresAt = now + switches.token_lifetime_seconds;
    const token = { value: `85_${chance.urlSafe(this.rules.length)}`, holder, expiresAt, diesAt: undefined };
    this.current.set(name, token);
    this.issued.put(token.value, token);
    return token;
  }

  /** Undefined: no token of this kind. Throws the errcode of one that is dead. */
  holderOf(value: string): Holder | undefined {
    const token = this.issued.get(value);
    if (!token) return undefined;
    const now = this.world.clock.seconds();
    if (token.diesAt !== undefined && now >= token.diesAt && token.diesAt < token.expiresAt) {
      throw new Refusal(this.world.switches.superseded_token_errcode);
    }
    if (now >= token.expiresAt) throw new Refusal(this.rules.expiredErrcode());
    return token.holder;
  }

  secondsLeft(token: HeldToken<Holder>): number {
    return token.expiresAt - this.world.clock.seconds();
  }

  list(isWanted: (holder: Holder) => boolean): HeldToken<Holder>[] {
    return this.issued.values().filter(({ holder }) => isWanted(holder));
  }

  /** Gives how many were alive. */
  kill(isVictim: (holder: Holder) => boolean): number {
    const victims = this.list(isVictim).filter((token) => this.isAlive(token));
    for (const token of victims) token.diesAt = this.world.clock.seconds();
    return victims.length;
  }

  isAlive(token: HeldToken<Holder>): boolean {
    return this.world.clock.seconds() < Math.min(token.expiresAt, token.diesAt ?? token.expiresAt);
  }
}

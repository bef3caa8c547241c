import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';

interface Ticket {
  readonly value: string;
  readonly expiresAt: number;
}

/** Tickets for the JS-SDK and for cards: within its life a call gives the same one again. */
export class JsapiTickets {
  private readonly tickets = new Map<string, Ticket>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly chance: Chance,
  ) {}

  current(appid: string, type: string): { value: string; secondsLeft: number } {
    const now = this.clock.seconds();
    const known = this.tickets.get(`${type}:${appid}`);
    const ticket = known && known.expiresAt > now ? known : { value: this.chance.urlSafe(86), expiresAt: now + 7200 };
    this.tickets.set(`${type}:${appid}`, ticket);
    return { value: ticket.value, secondsLeft: ticket.expiresAt - now };
  }
}

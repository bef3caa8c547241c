import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { Shelf } from './shelf.js';

export interface WebsiteLogin {
  readonly uuid: string;
  readonly appid: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly expiresAt: number;
  /** Where the waiting browser goes, once the person with the phone has decided. */
  outcome: { readonly kind: 'waiting' } | { readonly kind: 'scanned' } | { readonly kind: 'decided'; readonly location: string };
}

/** The QR pages of website login that are open in some browser. */
export class WebsiteLogins {
  private readonly logins = new Shelf<WebsiteLogin>(5000);

  constructor(
    private readonly clock: VirtualClock,
    private readonly chance: Chance,
  ) {}

  open(wanted: { appid: string; redirectUri: string; state: string }): WebsiteLogin {
    const uuid = `0${this.chance.alphanumeric(15)}`;
    const login: WebsiteLogin = { ...wanted, uuid, expiresAt: this.clock.seconds() + 300, outcome: { kind: 'waiting' } };
    this.logins.put(uuid, login);
    return login;
  }

  live(uuid: string): WebsiteLogin | undefined {
    const login = this.logins.get(uuid);
    return login && this.clock.seconds() < login.expiresAt ? login : undefined;
  }

  waiting(): WebsiteLogin[] {
    return this.logins.values().filter((login) => this.live(login.uuid) && login.outcome.kind !== 'decided');
  }
}

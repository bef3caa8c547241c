import { type App } from './apps.js';
import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { type Person } from './people.js';
import { Refusal } from './refusal.js';
import { Shelf } from './shelf.js';
import { type Switches } from './switches.js';

interface Code {
  readonly appid: string;
  readonly person: Person;
  readonly expiresAt: number;
  used: boolean;
}

const codeSeconds = 300;

/**
 * What a mini program's front end gets of WeChat and its back end trades: login codes, phone codes, session keys.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/login.html
 */
export class MiniSessions {
  private readonly loginCodes = new Shelf<Code>(20_000);
  private readonly phoneCodes = new Shelf<Code>(20_000);
  /** One valid key for a person at a time. */
  private readonly keys = new Map<string, string>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly chance: Chance,
    private readonly switches: Switches,
  ) {}

  /** `wx.login`. */
  login(app: App, person: Person): string {
    const name = nameOf(app, person);
    if (this.switches.login_replaces_session_key || !this.keys.has(name)) this.renewKey(app, person);
    return this.put(this.loginCodes, app, person);
  }

  /** The button that asks for the phone number. */
  phoneCode(app: App, person: Person): string {
    return this.put(this.phoneCodes, app, person);
  }

  exchangeLogin(code: string, app: App): Person {
    const known = this.loginCodes.get(code);
    if (!known || known.appid !== app.appid) throw new Refusal(40029);
    if (known.used) throw new Refusal(40163);
    if (this.clock.seconds() >= known.expiresAt) throw new Refusal(40029);
    if (known.person.isHighRisk) throw new Refusal(40226);
    known.used = true;
    return known.person;
  }

  /** A used phone code is called invalid, and one of another mini program is blamed on the appid. */
  exchangePhone(code: string, app: App): Person {
    const known = this.phoneCodes.get(code);
    if (known && known.appid !== app.appid) throw new Refusal(40013);
    if (!known || known.used || this.clock.seconds() >= known.expiresAt) throw new Refusal(40029);
    known.used = true;
    return known.person;
  }

  keyOf(app: App, person: Person): string | undefined {
    return this.keys.get(nameOf(app, person));
  }

  renewKey(app: App, person: Person): string {
    const key = this.chance.bytes(16).toString('base64');
    this.keys.set(nameOf(app, person), key);
    return key;
  }

  private put(shelf: Shelf<Code>, app: App, person: Person): string {
    const code = `0${this.chance.alphanumeric(31)}`;
    shelf.put(code, { appid: app.appid, person, expiresAt: this.clock.seconds() + codeSeconds, used: false });
    return code;
  }
}

const nameOf = (app: App, person: Person): string => `${app.appid} ${person.id}`;

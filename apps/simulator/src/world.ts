import { type App } from './apps.js';
import { PlatformAuthorizations } from './platform-authorizations.js';
import { ComponentTickets } from './component-tickets.js';
import { OverlappingTokens } from './overlapping-tokens.js';
import { type Platform } from './platforms.js';
import { PreAuthCodes } from './pre-auth-codes.js';
import { type Json } from './wire-json.js';
import { BaseTokens } from './base-tokens.js';
import { Chance } from './chance.js';
import { VirtualClock } from './clock.js';
import { demoApps, demoPeople, demoPlatforms } from './demo-world.js';
import { FaultQueue, type PushFault, type WireFault } from './faults.js';
import { Journal } from './journal.js';
import { JsapiTickets } from './jsapi-tickets.js';
import { MessageWindows } from './message-windows.js';
import { MiniSessions } from './mini-sessions.js';
import { OauthGrants } from './oauth-grants.js';
import { Outbox } from './outbox.js';
import { openidOf, type Person } from './people.js';
import { PushEngine } from './push-engine.js';
import { QrCodes } from './qr-codes.js';
import { type DayLimit, Quota } from './quota.js';
import { Subscriptions } from './subscriptions.js';
import { TemplatesOfApps } from './templates-of-apps.js';
import { defaultSwitches, type Switches } from './switches.js';
import { WechatBrowser } from './wechat-browser.js';
import { WebsiteLogins } from './website-logins.js';

export interface WorldOptions {
  readonly journal: Journal;
  readonly dayLimits: ReadonlyMap<string, DayLimit>;
  readonly browser: WechatBrowser;
  readonly seed?: string | undefined;
  readonly switches?: Partial<Switches> | undefined;
}

/** Everything the simulator knows. Reset throws it away and makes another; only the journal's listeners stay. */
export class World {
  readonly clock = new VirtualClock();
  readonly chance: Chance;
  readonly switches: Switches;
  readonly apps = new Map<string, App>();
  /** By appid; they are no accounts and are not among the apps. */
  readonly platforms = new Map<string, Platform>();
  readonly people = new Map<string, Person>();
  readonly tokens: BaseTokens;
  readonly tickets: JsapiTickets;
  readonly grants: OauthGrants;
  readonly logins: WebsiteLogins;
  readonly qrCodes: QrCodes;
  readonly outbox: Outbox;
  readonly windows: MessageWindows;
  readonly templates = new TemplatesOfApps();
  readonly subscriptions = new Subscriptions();
  readonly sessions: MiniSessions;
  /** By appid, as they were put. */
  readonly menus = new Map<string, Json>();
  /** By appid: mini-program codes of the kinds whose number is limited. */
  readonly countedCodes = new Map<string, number>();
  readonly componentTickets: ComponentTickets;
  readonly componentTokens: OverlappingTokens<Platform>;
  readonly preAuthCodes: PreAuthCodes;
  readonly authorizations: PlatformAuthorizations;
  /** By appid: what get_authorizer_option tells. */
  readonly accountOptions = new Map<string, Record<string, string>>();
  readonly quota: Quota;
  readonly wireFaults = new FaultQueue<WireFault>();
  readonly pushFaults = new FaultQueue<PushFault>();
  readonly pushes: PushEngine;
  readonly journal: Journal;
  readonly browser: WechatBrowser;
  /** By path: what quota/get can be asked about. */
  readonly dayLimits: ReadonlyMap<string, DayLimit>;

  constructor(options: WorldOptions) {
    this.journal = options.journal;
    this.browser = options.browser;
    this.dayLimits = options.dayLimits;
    this.chance = new Chance(options.seed);
    this.switches = { ...defaultSwitches(), ...options.switches };
    this.tokens = new BaseTokens(this.clock, this.chance, this.switches);
    this.tickets = new JsapiTickets(this.clock, this.chance);
    this.grants = new OauthGrants(this.clock, this.chance, this.switches);
    this.logins = new WebsiteLogins(this.clock, this.chance);
    this.qrCodes = new QrCodes(this.clock, this.chance);
    this.outbox = new Outbox(this.clock, this.chance);
    this.windows = new MessageWindows(this.clock);
    this.sessions = new MiniSessions(this.clock, this.chance, this.switches);
    this.quota = new Quota(this.clock);
    this.pushes = new PushEngine(this);
    this.componentTickets = new ComponentTickets(this);
    this.componentTokens = new OverlappingTokens(this, {
      length: 134,
      former: () => this.switches.component_token_former,
      expiredErrcode: () => this.switches.expired_component_token_errcode,
    });
    this.preAuthCodes = new PreAuthCodes(this);
    this.authorizations = new PlatformAuthorizations(this);
    for (const platform of demoPlatforms()) this.platforms.set(platform.appid, platform);
    for (const app of demoApps()) this.apps.set(app.appid, app);
    for (const person of demoPeople()) this.people.set(person.id, person);
  }

  /** The person an openid of this app belongs to; an openid of another app is nobody here. */
  personOf(app: App, openid: string): Person | undefined {
    return [...this.people.values()].find((person) => openidOf(person, app) === openid);
  }
}

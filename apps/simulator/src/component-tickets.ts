import { type Chance } from './chance.js';
import { type VirtualClock } from './clock.js';
import { type Platform } from './platforms.js';
import { type Push, type PushEngine } from './push-engine.js';
import { Refusal } from './refusal.js';
import { Shelf } from './shelf.js';
import { type Switches } from './switches.js';

const ticketLife = 12 * 3600;

interface Surroundings {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly switches: Switches;
  readonly platforms: ReadonlyMap<string, Platform>;
  readonly pushes: PushEngine;
}

/**
 * `component_verify_ticket`: pushed every ten minutes, good for twelve hours, and the one thing without which a platform
 * gets no token.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/component_verify_ticket.html
 */
export class ComponentTickets {
  private readonly issued = new Shelf<{ readonly appid: string; readonly issuedAt: number }>(20_000);
  private readonly lastPush = new Map<string, number>();

  constructor(private readonly world: Surroundings) {}

  push(platform: Platform): Push {
    const { clock, chance, pushes } = this.world;
    const ticket = `ticket@@@${chance.urlSafe(86)}`;
    const now = clock.seconds();
    this.issued.put(ticket, { appid: platform.appid, issuedAt: now });
    this.lastPush.set(platform.appid, now);
    const message = {
      AppId: platform.appid,
      CreateTime: now,
      InfoType: 'component_verify_ticket',
      ComponentVerifyTicket: ticket,
    };
    return pushes.pushToPlatform(platform, { openid: '', label: 'component_verify_ticket', message });
  }

  /** However far the clock has jumped, each platform gets one. */
  pushDue(): void {
    const { clock, platforms, switches } = this.world;
    for (const platform of platforms.values()) {
      if (!platform.pushesTickets || platform.eventUrl === null || platform.isFrozen) continue;
      const last = this.lastPush.get(platform.appid);
      if (last === undefined || Math.abs(clock.seconds() - last) >= switches.ticket_push_seconds) this.push(platform);
    }
  }

  check(platform: Platform, ticket: string): void {
    const known = this.issued.get(ticket);
    if (!known || known.appid !== platform.appid) throw new Refusal(61006);
    if (this.world.clock.seconds() >= known.issuedAt + ticketLife) throw new Refusal(61005);
  }
}

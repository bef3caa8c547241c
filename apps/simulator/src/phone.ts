import { type App } from './apps.js';
import { eventTemplates, messageTemplates } from './events.js';
import { openidOf, type Person } from './people.js';
import { type Push } from './push-engine.js';
import { type Message } from './push-message.js';
import { type QrCode } from './qr-codes.js';
import { type World } from './world.js';

export type ScanResult =
  | { readonly kind: 'event'; readonly push: Push }
  | { readonly kind: 'website_login'; readonly uuid: string }
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'text'; readonly text: string };

/** What a person does with the phone, and what WeChat tells the apps of it. */
export class Phone {
  constructor(
    private readonly world: World,
    private readonly person: Person,
  ) {}

  /** Through a code the push tells its scene; otherwise `EventKey` is there and empty. */
  follow(app: App, through?: QrCode): Push {
    const scene = through?.scene;
    this.person.following.set(app.appid, {
      since: this.world.clock.seconds(),
      subscribeScene: through ? 'ADD_SCENE_QR_CODE' : 'ADD_SCENE_SEARCH',
      qrScene: typeof scene === 'number' ? scene : 0,
      qrSceneStr: typeof scene === 'string' ? scene : '',
    });
    this.world.windows.open(app.appid, openidOf(this.person, app), 'follow');
    return this.event(app, 'subscribe', { EventKey: through ? `qrscene_${scene}` : '', Ticket: through?.ticket });
  }

  unfollow(app: App): Push {
    this.person.following.delete(app.appid);
    this.world.windows.close(app.appid, openidOf(this.person, app));
    return this.event(app, 'unsubscribe', {});
  }

  /** Whatever a camera may read. A stranger who scans an account's code follows it. */
  scan(content: string): ScanResult {
    const code = this.world.qrCodes.withUrl(content) ?? this.world.qrCodes.withTicket(content);
    if (code) return this.scanCode(code);
    if (!URL.canParse(content)) return { kind: 'text', text: content };
    const url = new URL(content);
    const uuid = url.searchParams.get('uuid');
    if (url.pathname === '/connect/confirm' && uuid) {
      return this.world.logins.live(uuid) ? { kind: 'website_login', uuid } : { kind: 'expired' };
    }
    const ticket =
      url.pathname === '/cgi-bin/showqrcode' ? this.world.qrCodes.withTicket(url.searchParams.get('ticket') ?? '') : undefined;
    if (ticket) return this.scanCode(ticket);
    if (url.hostname === 'weixin.qq.com') return { kind: 'expired' };
    return /^https?:$/.test(url.protocol) ? { kind: 'link', url: content } : { kind: 'text', text: content };
  }

  say(app: App, type: string, fields: Message): Push {
    this.world.windows.open(app.appid, openidOf(this.person, app), 'message');
    const id = BigInt(this.world.chance.digits(17));
    return this.push(app, type, { MsgType: type, ...messageTemplates[type], ...fields, MsgId: id });
  }

  tap(app: App, button: { key?: string | undefined; url?: string | undefined }): Push {
    const event = button.url === undefined ? 'CLICK' : 'VIEW';
    if (event === 'CLICK') this.world.windows.open(app.appid, openidOf(this.person, app), 'menu');
    return this.event(app, event, { EventKey: button.url ?? button.key ?? '' });
  }

  event(app: App, event: string, fields: Message): Push {
    const openid = openidOf(this.person, app);
    const sample = { ...eventTemplates[event]?.more };
    if ('OpenID' in sample) Object.assign(sample, { OpenID: openid, AppID: app.appid });
    return this.push(app, event, { MsgType: 'event', Event: event, ...sample, ...fields });
  }

  private scanCode(code: QrCode): ScanResult {
    const app = this.world.apps.get(code.appid);
    if (!app || !this.world.qrCodes.isLive(code)) return { kind: 'expired' };
    if (!this.person.following.has(app.appid)) return { kind: 'event', push: this.follow(app, code) };
    this.world.windows.open(app.appid, openidOf(this.person, app), 'scan');
    return { kind: 'event', push: this.event(app, 'SCAN', { EventKey: String(code.scene), Ticket: code.ticket }) };
  }

  private push(app: App, label: string, fields: Message): Push {
    const openid = openidOf(this.person, app);
    const head = { ToUserName: app.originalId, FromUserName: openid, CreateTime: this.world.clock.seconds() };
    return this.world.pushes.push(app, { openid, label, message: { ...head, ...fields } });
  }
}

/** Events that no person causes. WeChat sends them under a name of its own. */
export function systemEvent(world: World, app: App, given: { event: string; fields: Message }): Push {
  const openid = 'mphelper';
  const sample = { ...eventTemplates[given.event]?.more };
  if ('appid' in sample) Object.assign(sample, { appid: app.appid });
  const head = { ToUserName: app.originalId, FromUserName: openid, CreateTime: world.clock.seconds() };
  const message = { ...head, MsgType: 'event', Event: given.event, ...sample, ...given.fields };
  return world.pushes.push(app, { openid, label: given.event, message });
}

import { type App } from './apps.js';
import { Refusal } from './refusal.js';
import { type World } from './world.js';

interface Arrival {
  readonly world: World;
  readonly method: string;
  readonly path: string;
  /** Undecoded, because the authorise page insists on an order. */
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly clientIp: string;
  readonly origin: string;
}

/** One call on its way through the simulator. */
export class Call {
  readonly world: World;
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  readonly headers: Arrival['headers'];
  readonly body: Buffer;
  readonly clientIp: string;
  readonly origin: string;
  /** Three groups of 8 hex digits; the first is the Unix time of the call. */
  readonly rid: string;
  /** For the counters: whom the call was made for, as far as that is known. */
  appid: string | null = null;

  constructor(arrival: Arrival) {
    this.world = arrival.world;
    this.method = arrival.method;
    this.path = arrival.path;
    this.rawQuery = arrival.rawQuery;
    this.query = new URLSearchParams(arrival.rawQuery);
    this.headers = arrival.headers;
    this.body = arrival.body;
    this.clientIp = arrival.clientIp;
    this.origin = arrival.origin;
    const { clock, chance } = arrival.world;
    this.rid = `${clock.seconds().toString(16).padStart(8, '0')}-${chance.hex(8)}-${chance.hex(8)}`;
  }

  /** A query parameter that must be there and not empty; else its own errcode. */
  required(name: string, missing: number): string {
    const value = this.query.get(name);
    if (!value) throw new Refusal(missing);
    return value;
  }

  /** The body as a JSON object. A form is refused, as WeChat does; the Content-Type is not looked at. */
  json(): Readonly<Record<string, unknown>> {
    if (this.body.length === 0) throw new Refusal(44002);
    const value = parse(this.body.toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal(47001);
    return { ...value };
  }

  app(appid: string): App | undefined {
    const app = this.world.apps.get(appid);
    this.appid = app ? appid : this.appid;
    return app;
  }

  cookie(name: string): string | undefined {
    const pairs = String(this.headers['cookie'] ?? '').split(';');
    const found = pairs.map((pair) => pair.trim().split('=', 2)).find(([key]) => key === name);
    return found?.[1];
  }

  /** Whether the page is opened in WeChat: by its User-Agent, or by the cookie that the phone on our own page sets. */
  get isInWechat(): boolean {
    return /MicroMessenger/i.test(String(this.headers['user-agent'] ?? '')) || this.cookie('wechat_person') !== undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(47001);
  }
}

/** The text of a field, or undefined for anything that is not text. */
export const textField = (body: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
};

export const objectField = (body: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> => {
  const value = body[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
};

import { type VirtualClock } from './clock.js';
import { Refusal } from './refusal.js';

/** What a person did that lets the account write to them. */
export type Occasion = 'message' | 'menu' | 'follow' | 'scan';

interface Window {
  readonly endsAt: number;
  left: number;
}

/** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html */
const terms: Record<Occasion, { readonly messages: number; readonly seconds: number }> = {
  message: { messages: 5, seconds: 48 * 3600 },
  menu: { messages: 3, seconds: 60 },
  follow: { messages: 3, seconds: 60 },
  scan: { messages: 3, seconds: 60 },
};

/** How long, and how often, an account may write to a person of its own accord. */
export class MessageWindows {
  private readonly windows = new Map<string, Window[]>();
  private readonly lastMessages = new Map<string, number>();

  constructor(private readonly clock: VirtualClock) {}

  open(appid: string, openid: string, occasion: Occasion): void {
    const { messages, seconds } = terms[occasion];
    const name = `${appid} ${openid}`;
    this.windows.set(name, [...this.living(name), { endsAt: this.clock.seconds() + seconds, left: messages }]);
    if (occasion === 'message') this.lastMessages.set(name, this.clock.seconds());
  }

  close(appid: string, openid: string): void {
    this.windows.delete(`${appid} ${openid}`);
  }

  /** The window that ends first is used up first. */
  spend(appid: string, openid: string): void {
    const living = this.living(`${appid} ${openid}`);
    if (living.length === 0) throw new Refusal(45015);
    const [open] = living.filter(({ left }) => left > 0).sort((a, b) => a.endsAt - b.endsAt);
    if (!open) throw new Refusal(45047);
    open.left -= 1;
  }

  saidSomethingWithin(seconds: number, appid: string, openid: string): boolean {
    const last = this.lastMessages.get(`${appid} ${openid}`);
    return last !== undefined && this.clock.seconds() <= last + seconds;
  }

  private living(name: string): Window[] {
    return (this.windows.get(name) ?? []).filter(({ endsAt }) => this.clock.seconds() < endsAt);
  }
}

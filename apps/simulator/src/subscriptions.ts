import { type MessageTemplate } from './message-templates.js';
import { Refusal } from './refusal.js';

/** Which subscribe messages a person let an app send: once for each tap of "allow", or always. */
export class Subscriptions {
  private readonly consents = new Map<string, number>();

  allow(appid: string, openid: string, template: MessageTemplate): void {
    const name = nameOf(appid, openid, template);
    const more = template.consent === 'once' ? 1 : Infinity;
    this.consents.set(name, (this.consents.get(name) ?? 0) + more);
  }

  forbid(appid: string, openid: string, template: MessageTemplate): void {
    this.consents.delete(nameOf(appid, openid, template));
  }

  spend(appid: string, openid: string, template: MessageTemplate): void {
    const name = nameOf(appid, openid, template);
    const left = this.consents.get(name) ?? 0;
    if (left === 0) throw new Refusal(43101);
    this.consents.set(name, left - 1);
  }
}

const nameOf = (appid: string, openid: string, { id }: MessageTemplate): string => `${appid} ${openid} ${id}`;

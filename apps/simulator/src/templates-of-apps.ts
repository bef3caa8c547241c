import { type App } from './apps.js';
import { demoTemplates, type MessageTemplate } from './message-templates.js';

/** The templates that each account holds. */
export class TemplatesOfApps {
  private readonly held = new Map<string, MessageTemplate[]>();

  of(app: App): readonly MessageTemplate[] {
    return this.held.get(app.appid) ?? demoTemplates[app.kind] ?? [];
  }

  add(app: App, template: MessageTemplate): void {
    this.held.set(app.appid, [...this.of(app), template]);
  }

  remove(app: App, id: string): boolean {
    const left = this.of(app).filter((one) => one.id !== id);
    const found = left.length < this.of(app).length;
    this.held.set(app.appid, left);
    return found;
  }
}

import { adminToken } from '../support/gateway.js';
import { demoProgram } from '../support/talking-house.js';
import { demoApp } from '../support/wechat.js';
import { until } from '../support/until.js';
import type { Caller } from './load.js';
import { type World, makePerson, patience, pushedApp } from './world.js';

/** An operator who makes and ends keys, changes an app, and is found in the audit log for each of it. */
export class Operating implements Caller {
  readonly name = 'operator';
  private made: { id: string; at: number }[] = [];
  private changed: { at: number }[] = [];
  private count = 0;

  constructor(private readonly world: World) {}

  async turn(): Promise<void> {
    const { world } = this;
    const { body } = await world.admin('POST', '/api-keys', {
      body: { name: 'short', appids: '*', scopes: ['users:read'] },
      expect: [201],
    });
    const [id, key] = [String(body.id), String(body.key)];
    await world.ask('GET', '/v1/key', { key });
    await world.admin('PATCH', `/api-keys/${id}`, { body: { name: 'shorter' } });
    await world.admin('DELETE', `/api-keys/${id}`, { expect: world.ended });
    // Too many bad ones from one address are 429.
    const refused = () => Promise.all([1, 2].map(() => world.ask('GET', '/v1/key', { key, expect: [200, 401, 429] })));
    await until(refused, (answers) => answers.every(({ status }) => status !== 200), patience);
    this.made.push({ id, at: Date.now() });
    const name = `A ${this.count++}`;
    await world.admin('PATCH', `/apps/${pushedApp}`, { body: { name } });
    this.changed.push({ at: Date.now() });
    await until(
      () => world.admin('GET', `/apps/${pushedApp}`),
      (app) => app.body.name === name,
      patience,
    );
  }

  lose(since: number): Promise<void> {
    this.made = this.made.filter(({ at }) => at < since);
    this.changed = this.changed.filter(({ at }) => at < since);
    return Promise.resolve();
  }

  async prove(): Promise<void> {
    const entries = await this.world.all<{ action: string; subject: string }>('/admin/v1/audit-log', adminToken);
    const { answersGetLost } = this.world;
    // What was answered is there; what was not may be there as well.
    const fits = (found: number, known: number) => found === known || (answersGetLost && found > known);
    const count = (subject: string) => entries.filter((entry) => entry.subject === subject).length;
    const wrong = this.made.map(({ id }) => id).filter((id) => !fits(count(id), 3));
    if (wrong.length > 0) throw new Error(`Not made, changed and ended once each in the audit log: keys ${wrong.join(', ')}`);
    const changes = entries.filter(({ action, subject }) => action === 'app.change' && subject === pushedApp).length;
    if (!fits(changes, this.changed.length))
      throw new Error(`Of ${this.changed.length} changes of the app ${changes} are in the audit log`);
  }
}

/** Whoever looks at what is kept: each page of it that both releases have. */
export class Reading implements Caller {
  readonly name = 'reads';
  private readonly pages = [
    '/admin/v1/overview',
    '/admin/v1/apps',
    '/admin/v1/api-keys',
    `/admin/v1/apps/${demoApp}/credentials`,
    '/admin/v1/audit-log',
  ];
  private session = '';

  constructor(
    private readonly world: World,
    private readonly person: string,
  ) {}

  async turn(): Promise<void> {
    const { world } = this;
    for (const page of this.pages) await world.ask('GET', page, { key: adminToken });
    const { body } = await world.ask('GET', `/v1/apps/${pushedApp}/events?limit=5`);
    for (const { id } of body.items as { id: string }[]) await world.ask('GET', `/v1/events/${id}`);
    const { body: webhooks } = await world.ask('GET', '/v1/webhooks');
    for (const { id } of webhooks.items as { id: string }[]) await world.ask('GET', `/v1/webhooks/${id}/attempts?limit=5`);
    await world.ask('GET', `/v1/apps/${demoApp}/quota`);
    await world.ask('POST', `/v1/apps/${demoApp}/qr-codes`, { body: { scene: 'poster' }, expect: [201] });
    await this.openMiniProgram();
  }

  prove(): Promise<void> {
    return Promise.resolve();
  }

  /** What WeChat sealed for a login is opened by whichever release, with what the other one kept of it. */
  private async openMiniProgram(): Promise<void> {
    const { world } = this;
    const sessions = `/v1/apps/${demoProgram}/mini-program/sessions`;
    const phone = <T>(action: string, more: object = {}) =>
      world.wechat.control<T>('POST', `/people/${this.person}/${action}`, { appid: demoProgram, ...more });
    if (this.session === '') {
      await makePerson(world.wechat, this.person);
      const { code } = await phone<{ code: string }>('mini-login');
      const { body } = await world.ask('POST', sessions, { body: { js_code: code }, expect: [200, 201] });
      this.session = String(body.session_id);
    }
    const { encryptedData, iv } = await phone<{ encryptedData: string; iv: string }>('mini-data', { kind: 'phone' });
    await world.ask('POST', `${sessions}/${this.session}/decrypt`, { body: { encrypted_data: encryptedData, iv } });
  }
}

// Proves: a machine that loses its power starts by itself, and what it acknowledged is there and was done once. At most 25 minutes. Needs minutes even in small.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Caller, Load } from '../load/load.js';
import { ScanningIn } from '../load/logging-in.js';
import { Pushing, countEffects } from '../load/pushing.js';
import { Sending } from '../load/sending.js';
import { World } from '../load/world.js';
import { adminToken } from '../support/gateway.js';
import { Receiver } from '../support/receiver.js';
import { TestWechat } from '../support/wechat.js';
import { Machine } from './machine.js';
import { sized } from './size.js';

const minutes = 60_000;
/** Each so many cuts one comes while the machine starts. */
const everyEarly = 5;

describe('A machine that loses its power', () => {
  it(
    'starts by itself each time, and has lost nothing that it acknowledged, and done nothing twice',
    async () => {
      const { cuts, seconds } = sized({ quick: { cuts: 2, seconds: 0.5 }, full: { cuts: 50, seconds: 8 } });
      const wechat = await TestWechat.start();
      const machine = await Machine.build({
        ...wechat.env,
        ADMIN_TOKEN: adminToken,
        WEBHOOK_ALLOW: '127.0.0.0/8',
        QR_LOGINS_PER_MINUTE: '100000',
        QR_LOGINS_PER_ADDRESS_PER_MINUTE: '100000',
      });
      await machine.start();
      const database = { query: machine.query.bind(machine) as never };
      await countEffects(database);
      const world = await World.prepare(machine.url, wechat, { answersGetLost: true });
      const pushing = new Pushing(world, database);
      await pushing.subscribe(await Receiver.start());
      const load = new Load(
        [
          ...[pushing, pushing, pushing],
          ...['lin', 'wu'].map((person) => new Sending(world, person)),
          ...['zhao', 'qian'].map((person) => new ScanningIn(world, person)),
          new MakingKeys(world),
        ],
        20,
      );

      load.begin();
      for (let cut = 1; cut <= cuts; cut++) {
        await pause(Math.random() * seconds * 1_000);
        await machine.cutPower();
        if (cut % everyEarly === 0) {
          machine.turnOn();
          await pause(Math.random() * typical(machine.startMilliseconds));
          await machine.cutPower();
        }
        await machine.start();
        expect(load.faults).toEqual([]);
      }
      await load.end();
      await load.prove();

      const [, ...starts] = machine.startMilliseconds;
      const turns = [...load.turns].map(([name, count]) => `${count} ${name}`).join(', ');
      console.log(
        `${cuts} cuts; a start took ${typical(starts)} ms, at most ${Math.max(...starts)} ms; turns of the callers: ${turns}`,
      );
      expect(load.faults).toEqual([]);
      await machine.turnOff();
    },
    25 * minutes,
  );

  it(
    'at its very first start, makes its keys once and leaves no half of them behind',
    async () => {
      for (let round = 0; round < sized({ quick: 1, full: 15 }); round++) {
        const machine = await Machine.build();
        machine.turnOn();
        await pause(Math.random() * 4_000);
        await machine.cutPower();

        await machine.start();

        const token = readFileSync(join(machine.folder, 'admin-token'), 'utf8').trim();
        const headers = { authorization: `Bearer ${token}` };
        expect((await fetch(`${machine.url}/admin/v1/apps`, { headers })).status).toBe(200);
        for (const secret of ['admin-token', 'master-key'])
          expect(statSync(join(machine.folder, secret)).mode & 0o777).toBe(0o600);
        await machine.turnOff();
      }
    },
    10 * minutes,
  );
});

/** An operator who makes keys and ends every other one. */
class MakingKeys implements Caller {
  readonly name = 'keys';
  private readonly living: string[] = [];
  private readonly ended: string[] = [];

  constructor(private readonly world: World) {}

  async turn(): Promise<void> {
    const body = { name: 'kept', appids: '*', scopes: ['users:read'] };
    const made = await this.world.admin('POST', '/api-keys', { body, expect: [201] });
    const [id, key] = [String(made.body.id), String(made.body.key)];
    if (this.living.length > this.ended.length) {
      await this.world.admin('DELETE', `/api-keys/${id}`, { expect: this.world.ended });
      this.ended.push(id);
    } else this.living.push(key);
  }

  async prove(): Promise<void> {
    for (const key of this.living) await this.world.ask('GET', '/v1/key', { key });
    const there = new Set((await this.world.all<{ id: string }>('/admin/v1/api-keys', adminToken)).map(({ id }) => id));
    const back = this.ended.filter((id) => there.has(id));
    if (back.length > 0) throw new Error(`Of ${this.ended.length} keys that were ended some are back: ${back.join(', ')}`);
  }
}

const typical = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

import { describe, expect, it } from '@jest/globals';
import { TestGateway } from './support/gateway.js';
import { TalkingHouse, demoProgram } from './support/talking-house.js';
import { demoApp } from './support/wechat.js';

const app = { appid: 'wx3cc8fd6963e31a32', kind: 'website', name: 'Shop', secret: '0'.repeat(32) };
const once = { 'idempotency-key': 'order-4711' };

describe('A repeated POST with the same Idempotency-Key', () => {
  it('gets the first answer again, from any replica, and does nothing more', async () => {
    const gateway = await TestGateway.start();
    const twin = await gateway.twin();

    const first = await gateway.admin('/apps', { method: 'POST', body: app, headers: once });
    const second = await twin.admin('/apps', { method: 'POST', body: app, headers: once });

    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await gateway.admin('/audit-log')).body.items).toHaveLength(1);
  });

  it('is the same whatever the order of its members', async () => {
    const gateway = await TestGateway.start();
    await gateway.admin('/apps', { method: 'POST', body: app, headers: once });

    const reordered = Object.fromEntries(Object.entries(app).reverse());

    expect((await gateway.admin('/apps', { method: 'POST', body: reordered, headers: once })).status).toBe(201);
  });

  it('is refused with another body', async () => {
    const gateway = await TestGateway.start();
    await gateway.admin('/apps', { method: 'POST', body: app, headers: once });

    const { status, body } = await gateway.admin('/apps', { method: 'POST', body: { ...app, name: 'Other' }, headers: once });

    expect([status, body.code]).toEqual([409, 'idempotency_key_reused']);
  });

  it('is told only the id where the first answer held a secret', async () => {
    const gateway = await TestGateway.start();
    const order = { method: 'POST', body: { name: 'x', appids: '*', scopes: ['qr'] }, headers: once };
    const first = await gateway.admin('/api-keys', order);

    const second = await gateway.admin('/api-keys', order);

    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ code: 'already_created', id: first.body.id });
    expect((await gateway.admin('/api-keys')).body.items).toHaveLength(1);
  });

  it('does the work once when many come together', async () => {
    const gateway = await TestGateway.start();
    const twin = await gateway.twin();

    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, turn) =>
        (turn % 2 ? gateway : twin).admin('/apps', { method: 'POST', body: app, headers: once }),
      ),
    );

    for (const answer of answers) {
      if (answer.status === 201) continue;
      expect([answer.status, answer.body.code]).toEqual([409, 'request_in_flight']);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect(answers.filter((answer) => answer.status === 201 && !answer.headers.has('idempotency-replayed'))).toHaveLength(1);
    expect((await gateway.admin('/audit-log')).body.items).toHaveLength(1);
  });

  it('is the same request however its caller writes the address, and another one at another place', async () => {
    const house = await TalkingHouse.build({ scopes: ['messages:send'] });
    const body = {
      touser: await house.openid('lilei'),
      template_id: 'simulator-order-shipped-0000000000000000001',
      data: { character_string1: { value: 'A-17' }, thing2: { value: '茶杯' }, time3: { value: '2026年1月1日 15:01' } },
    };
    const send = (appid: string) =>
      house.gateway.ask(`/v1/apps/${appid}/template-messages`, { method: 'POST', key: house.key, body, headers: once });

    const first = await send(demoApp);
    const second = await send(demoApp.replace('w', '%77').replace('x', '%78'));
    const elsewhere = await send(demoProgram);

    expect([first.status, second.status]).toEqual([201, 201]);
    expect([second.body, second.headers.get('idempotency-replayed')]).toEqual([first.body, 'true']);
    expect(elsewhere.headers.get('idempotency-replayed')).toBeNull();
    expect(await house.wechat.calls('/cgi-bin/message/template/send', demoApp)).toBe(1);
  });

  it('runs anew after a failure', async () => {
    const gateway = await TestGateway.start();
    const wrong = await gateway.admin('/apps', {
      method: 'POST',
      body: { ...app, original_id: 'gh_00000001' },
      headers: { 'idempotency-key': 'first' },
    });
    expect(wrong.status).toBe(201);

    const taken = { ...app, appid: 'wx0000000000000001', original_id: 'gh_00000001' };
    const refused = await gateway.admin('/apps', { method: 'POST', body: taken, headers: once });
    await gateway.admin(`/apps/${app.appid}?confirm=${app.appid}`, { method: 'DELETE' });
    const accepted = await gateway.admin('/apps', { method: 'POST', body: taken, headers: once });

    expect([refused.status, accepted.status]).toEqual([409, 201]);
  });

  it('runs anew when the process that had it died', async () => {
    const gateway = await TestGateway.start();
    await gateway.admin('/apps', { method: 'POST', body: app, headers: once });
    await gateway.admin(`/apps/${app.appid}?confirm=${app.appid}`, { method: 'DELETE' });
    await gateway.database.query('UPDATE idempotent_request SET sealed_answer = NULL, held_until = now()');

    const { status, headers } = await gateway.admin('/apps', { method: 'POST', body: app, headers: once });

    expect([status, headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  it('is a new request after a day', async () => {
    const gateway = await TestGateway.start();
    await gateway.admin('/apps', { method: 'POST', body: app, headers: once });
    await gateway.database.query("UPDATE idempotent_request SET created_at = now() - interval '25 hours'");

    const { status, body } = await gateway.admin('/apps', { method: 'POST', body: { ...app, name: 'Other' }, headers: once });

    expect([status, body.code]).toEqual([409, 'app_exists']);
  });

  it.each(['', 'x'.repeat(256), 'two words'])('wants a key of visible letters, not %j', async (key) => {
    const gateway = await TestGateway.start();

    const { status, body } = await gateway.admin('/apps', { method: 'POST', body: app, headers: { 'idempotency-key': key } });

    expect([status, body.code]).toEqual([400, 'validation_failed']);
  });
});

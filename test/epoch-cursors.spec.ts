import { describe, expect, it } from '@jest/globals';
import { adminToken } from './support/gateway.js';
import { textPush } from './support/pusher.js';
import { TalkingHouse } from './support/talking-house.js';
import { TimeMachine, becomeAnother } from './support/time-machine.js';
import { until } from './support/until.js';
import { demoApp } from './support/wechat.js';
import { WebhookHouse, appid } from './support/webhook-house.js';

const events = `/v1/apps/${appid}/events`;
const another = { status: 410, code: 'cursor_of_another_time' };

async function house() {
  const built = await WebhookHouse.build();
  return {
    built,
    ask: async (path: string, key = built.key, headers: Record<string, string> = {}) => {
      const { status, body } = await built.gateway.ask(path, { key, headers });
      return { status, code: body.code, body };
    },
    /** The moment to go back to; whoever calls what it answers is there. */
    remember: async (): Promise<() => Promise<void>> => {
      const past = await TimeMachine.remember(built.gateway.database);
      return async () => {
        await past.goBack();
        await becomeAnother(built.gateway.database);
      };
    },
    notice: (): Promise<void> => built.gateway.hearChanges(),
  };
}

/** Two events, a moment to go back to, and one more that will never have happened. */
async function houseOfEvents() {
  const { built, ...rest } = await house();
  for (const content of ['1', '2']) await built.push(textPush(content));
  const early = await rest.ask(events);
  const goBack = await rest.remember();
  await built.push(textPush('lost'));
  return { ...rest, built, early, late: await rest.ask(events), goBack };
}

describe('A cursor from before the database went back in time', () => {
  it('is refused, also in the moment before anybody noticed, and reading from `since` misses nothing', async () => {
    const { built, ask, early, late, goBack, notice } = await houseOfEvents();
    built.gateway.stopHearing();

    await goBack();
    const unnoticed = await ask(`${events}?cursor=${String(late.body.resume_cursor)}`);
    await notice();
    await built.push(textPush('new'));

    expect(unnoticed).toMatchObject({ status: 503, code: 'storage_unavailable' });
    for (const { body } of [early, late])
      expect(await ask(`${events}?cursor=${String(body.resume_cursor)}`)).toMatchObject(another);
    const again = await ask(`${events}?since=2026-01-01T00:00:00Z`);
    expect((again.body.items as { data: { Content: string } }[]).map(({ data }) => data.Content)).toEqual(['1', '2', 'new']);
    expect(await ask(`${events}?cursor=${String(again.body.resume_cursor)}`)).toMatchObject({ status: 200 });
    const overview = await ask('/admin/v1/overview', adminToken);
    expect(overview.body.database).not.toMatchObject({ epoch: 'first' });
  });

  it.each([
    ['the audit log', '/admin/v1/audit-log'],
    ['the attempts of a webhook', 'attempts'],
  ])('is refused by %s too', async (_, list) => {
    const { built, ask, remember, notice } = await house();
    const { id } = await built.webhook();
    const path = list === 'attempts' ? `/v1/webhooks/${id}/attempts` : list;
    const key = list === 'attempts' ? built.key : adminToken;
    const { body } = await ask(path, key);
    const goBack = await remember();

    await goBack();
    await notice();

    expect(await ask(`${path}?cursor=${String(body.resume_cursor)}`, key)).toMatchObject(another);
  });

  it('as Last-Event-ID of a lost event is refused before the stream opens; that of a kept one goes on', async () => {
    const { built, ask, late, goBack, notice } = await houseOfEvents();
    const [first, , lost] = late.body.items as { id: string }[];
    await goBack();
    await notice();

    expect(await ask(`${events}/stream`, built.key, { 'last-event-id': lost?.id ?? '' })).toMatchObject(another);
    const stream = await fetch(`${built.gateway.url}${events}/stream`, {
      headers: { authorization: `Bearer ${built.key}`, 'last-event-id': first?.id ?? '' },
    });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    await until(
      async () => (text += (await reader?.read())?.value ?? ''),
      (all) => all.includes('"2"'),
    );
    await reader?.cancel();
  });

  it('ends the streams that are open: whoever reads them comes again', async () => {
    const { built, goBack, notice } = await houseOfEvents();
    const stream = await fetch(`${built.gateway.url}${events}/stream`, { headers: { authorization: `Bearer ${built.key}` } });
    await goBack();
    await notice();

    expect(await stream.text()).toContain('the database went back in time');
  });
});

describe('Keys, when the database goes back in time', () => {
  it('that were revoked, changed or made in the time that was lost are told of', async () => {
    const { built, remember, notice } = await house();
    const { gateway } = built;
    const revoked = await gateway.makeKey({ name: 'revoked' });
    const narrowed = await gateway.makeKey({ name: 'narrowed', scopes: ['users:read', 'menu'] });
    const goBack = await remember();
    await gateway.admin(`/api-keys/${revoked.id}`, { method: 'DELETE' });
    await gateway.admin(`/api-keys/${narrowed.id}`, { method: 'PATCH', body: { scopes: ['users:read'] } });
    const made = await gateway.makeKey({ name: 'made' });
    await gateway.hearChanges();

    await goBack();
    await notice();

    const told = gateway.logged.filter((line) => line.includes('"ApiKeys"'));
    expect(told).toHaveLength(3);
    expect(told.find((line) => line.includes(revoked.id))).toContain('works again');
    expect(told.find((line) => line.includes(narrowed.id))).toContain('former terms');
    expect(told.find((line) => line.includes(made.id))).toContain('is gone');
  });
});

describe('A message that is repeated with its Idempotency-Key', () => {
  it('reaches the person once, also where the database has lost that it was sent', async () => {
    const house = await TalkingHouse.build({ scopes: ['messages:send'] });
    const { gateway } = house;
    const body = {
      touser: await house.openid('lilei'),
      template_id: 'simulator-order-shipped-0000000000000000001',
      data: { character_string1: { value: 'A-17' }, thing2: { value: '茶杯' }, time3: { value: '2026年1月1日 15:01' } },
    };
    const send = () => house.ask(`${demoApp}/template-messages`, { body, headers: { 'idempotency-key': 'order-1' } });
    const past = await TimeMachine.remember(gateway.database);
    const first = await send();

    await past.goBack();
    await becomeAnother(gateway.database);
    await gateway.hearChanges();
    const again = await send();

    expect([first.status, again.status]).toEqual([201, 201]);
    expect((await house.inbox('lilei')).map(({ msgid }) => msgid)).toEqual([first.body.msgid]);
  });
});

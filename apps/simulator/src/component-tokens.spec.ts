import { describe, expect, it } from '@jest/globals';
import { officialAccount, platform } from '../test/driver.js';
import { house, receiver, wechat } from '../test/platform-world.js';

const change = (more: object) => wechat.control('PATCH', `/_sim/platforms/${platform.appid}`, more);
const pushTicket = () => wechat.control('POST', `/_sim/platforms/${platform.appid}/push-ticket`);
const startPush = (more: object = {}) =>
  wechat.post('/cgi-bin/component/api_start_push_ticket', {
    component_appid: platform.appid,
    component_secret: platform.secret,
    ...more,
  });
const preAuth = async (token: unknown) => (await house.call('api_create_preauthcode', String(token)))['errcode'] ?? 0;

async function tickets(atLeast: number): Promise<string[]> {
  for (let round = 0; round < 500; round++) {
    const events = await house.events('component_verify_ticket');
    if (events.length >= atLeast) return events.map((event) => event['ComponentVerifyTicket'] ?? '');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the tickets did not come');
}

describe('the ticket', () => {
  it('comes sealed for the platform, in the form of an event', async () => {
    await change({ event_url: receiver.url });
    const push = await pushTicket();
    const [received] = receiver.pushes;

    expect(push).toMatchObject({ state: 'delivered', label: 'component_verify_ticket' });
    expect([...(received?.url.searchParams.keys() ?? [])]).toEqual([
      'signature',
      'timestamp',
      'nonce',
      'encrypt_type',
      'msg_signature',
    ]);
    expect(received?.body).toMatch(/^<xml><AppId><!\[CDATA\[wxdec0de0000000004\]\]><\/AppId>\n<Encrypt>/);
    expect(received && (await house.read(received))).toEqual({
      AppId: platform.appid,
      CreateTime: expect.stringMatching(/^\d+$/),
      InfoType: 'component_verify_ticket',
      ComponentVerifyTicket: expect.stringMatching(/^ticket@@@[\w-]{86}$/),
    });
  });

  it('comes when the URL is set and every ten minutes of the virtual clock', async () => {
    await change({ event_url: receiver.url });
    await tickets(1);
    await wechat.advance(599);
    await wechat.advance(1);
    await tickets(2);
    await wechat.advance(3600);

    expect(new Set(await tickets(3)).size).toBe(3);
  });

  it('is repeated unless it is answered success', async () => {
    await change({ event_url: receiver.url, pushes_tickets: false });
    receiver.reaction = (_received, response) => void response.writeHead(500).end();

    expect(((await pushTicket())['attempts'] as object[]).length).toBe(3);
  });

  it('is started by api_start_push_ticket, which says in which state it was', async () => {
    await change({ event_url: receiver.url, pushes_tickets: false });

    expect(await startPush()).toEqual({ errcode: 0, errmsg: 'ok' });
    await tickets(1);
    expect(await startPush()).toEqual({ errcode: 0, errmsg: 'in a normal state' });
    expect((await startPush({ component_appid: 'wx0000000000000000' }))['errcode']).toBe(40013);
    expect((await startPush({ component_secret: 'x' }))['errcode']).toBe(40125);
  });

  it('is good for twelve hours, also after a newer one', async () => {
    await change({ event_url: receiver.url });
    const [ticket] = await tickets(1);
    await wechat.advance(12 * 3600 - 1);
    const last = (await house.takeToken(ticket))['errcode'];
    await wechat.advance(1);

    expect([last, (await house.takeToken(ticket))['errcode']]).toEqual([undefined, 61005]);
    expect((await house.takeToken('ticket@@@made-up'))['errcode']).toBe(61006);
  });
});

describe('the token of a platform', () => {
  it('opens the component calls, under either name', async () => {
    const token = await house.open();

    expect(await house.call('api_create_preauthcode', token)).toEqual({
      pre_auth_code: expect.stringMatching(/^preauthcode@@@/),
      expires_in: 600,
    });
    const body = { component_appid: platform.appid };
    expect(await wechat.post(`/cgi-bin/component/api_create_preauthcode?access_token=${token}`, body)).toHaveProperty(
      'pre_auth_code',
    );
  });

  it('overlaps with the next for five minutes and dies of old age', async () => {
    const first = await house.open();
    await wechat.advance(100);
    const second = (await house.takeToken())['component_access_token'];
    await wechat.advance(299);
    const before = await preAuth(first);
    await wechat.advance(1);

    expect([before, await preAuth(first), await preAuth(second)]).toEqual([0, 40001, 0]);
    await wechat.advance(7200 - 300);
    expect(await preAuth(second)).toBe(42001);
  });

  it('can be dead at once when the next is taken', async () => {
    await wechat.control('PATCH', '/_sim/switches', { component_token_former: 'dead_at_once' });
    const first = await house.open();
    await house.takeToken();

    expect(await preAuth(first)).toBe(40001);
  });

  it.each([
    ['an unlisted address', { ip_allow_list: ['10.0.0.1'] }, 61004],
    ['a frozen platform', { is_frozen: true }, 61011],
    ['a frozen secret', { secret_is_frozen: true }, 40243],
    ['another secret', { secret: '0'.repeat(32) }, 40125],
  ])('is refused to %s', async (_what, what, errcode) => {
    await house.open();
    await change(what);

    expect((await house.takeToken())['errcode']).toBe(errcode);
  });

  it('is not the token of an app, and an app’s is not it', async () => {
    const token = await house.open();
    const own = (await wechat.stableToken())['access_token'];

    expect([await wechat.verdict(token), await preAuth(own), await preAuth('x'), await preAuth('')]).toEqual([
      61015, 61014, 40014, 41001,
    ]);
    expect((await house.call('api_create_preauthcode', token, { component_appid: officialAccount.appid }))['errcode']).toBe(
      40013,
    );
  });
});

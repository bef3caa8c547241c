import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Body, Driver, miniProgram, officialAccount } from '../test/driver.js';
import { demoTemplates } from './message-templates.js';

const [shipped] = demoTemplates['official_account'] ?? [];
const [once, always] = demoTemplates['mini_program'] ?? [];
const good = { character_string1: { value: 'A-17' }, thing2: { value: '茶杯' }, time3: { value: '2026年1月1日 15:01' } };

let driver: Driver;
beforeAll(async () => void (driver = await Driver.start()));
beforeEach(() => driver.reset());
afterAll(() => driver.close());

async function send(path: string, body: Body, app: { appid: string; secret: string } = officialAccount): Promise<Body> {
  const { access_token: token } = await driver.stableToken(false, app);
  return driver.post(`${path}?access_token=${String(token)}`, body);
}

async function openidOf(person: string, appid = officialAccount.appid): Promise<string> {
  const people = (await driver.control('GET', '/_sim/people')) as unknown as {
    id: string;
    accounts: { appid: string; openid: string }[];
  }[];
  return people.find(({ id }) => id === person)?.accounts.find((one) => one.appid === appid)?.openid ?? '';
}

const inbox = async (person: string, appid = officialAccount.appid): Promise<Body[]> =>
  (await driver.control('GET', `/_sim/people/${person}/inbox?appid=${appid}`)) as unknown as Body[];

describe('A template message', () => {
  const path = '/cgi-bin/message/template/send';
  const wanted = async (more: Body = {}) => ({ touser: await openidOf('lilei'), template_id: shipped?.id, data: good, ...more });

  it('lies in the chat, and its msgid is a number that no double holds', async () => {
    const answer = await send(path, await wanted());

    expect(answer).toMatchObject({ errcode: 0, errmsg: 'ok', msgid: expect.any(Number) });
    expect(await inbox('lilei')).toMatchObject([{ kind: 'template', msgid: expect.stringMatching(/^\d{19}$/) }]);
  });

  it.each([
    [{ touser: 'oNobody' }, 40003],
    [{ template_id: 'unknown' }, 40037],
    [{ template_id: once?.id }, 40037],
    [{ url: `https://example.com/${'x'.repeat(1024)}` }, 40039],
    [{ client_msg_id: 'x'.repeat(33) }, 45067],
    [{ data: { ...good, thing2: { value: '' } } }, 47003],
    [{ data: { ...good, thing2: { value: 'x'.repeat(21) } } }, 47003],
    [{ miniprogram: { appid: 'wx0000000000000000' } }, 40013],
    [{ miniprogram: { appid: miniProgram.appid, pagepath: 'pages/none' } }, 40165],
  ])('with %j is refused with %i', async (more, errcode) => {
    expect(await send(path, await wanted(more))).toMatchObject({ errcode });
  });

  it('goes to followers only', async () => {
    expect(await send(path, await wanted({ touser: await openidOf('zhangwei') }))).toMatchObject({ errcode: 43004 });
  });

  it('is sent once for a client_msg_id within ten minutes', async () => {
    const message = await wanted({ client_msg_id: 'order-1' });
    const [first, second] = [await send(path, message), await send(path, message)];
    await driver.advance(601);
    await send(path, message);

    expect(second['msgid']).toBe(first['msgid']);
    expect(await inbox('lilei')).toHaveLength(2);
  });

  it('is repeated with the errcode of mass sending where the switch says so', async () => {
    await driver.control('PATCH', '/_sim/switches', { repeated_client_msg_id: '45065' });
    const message = await wanted({ client_msg_id: 'order-1' });
    const first = await send(path, message);

    expect(await send(path, message)).toMatchObject({ errcode: 45065, msgid: first['msgid'] });
  });
});

describe('A customer-service message', () => {
  const path = '/cgi-bin/message/custom/send';
  const text = async () => ({ touser: await openidOf('lilei'), msgtype: 'text', text: { content: 'hi' } });
  const act = (action: string, more: Body = {}) =>
    driver.control('POST', `/_sim/people/lilei/${action}`, { appid: officialAccount.appid, ...more });

  it('needs a word of the person, is good for five answers and 48 hours', async () => {
    const before = await send(path, await text());
    await act('say', { text: 'hello' });
    const five = [];
    for (let i = 0; i < 6; i++) five.push((await send(path, await text()))['errcode']);
    await act('say', { text: 'hello' });
    await driver.advance(48 * 3600);

    expect(before).toMatchObject({ errcode: 45015 });
    expect(five).toEqual([0, 0, 0, 0, 0, 45047]);
    expect(await send(path, await text())).toMatchObject({ errcode: 45015 });
  });

  it('may be sent thrice within a minute of a tap', async () => {
    await act('tap', { key: 'HELP' });
    const four = [];
    for (let i = 0; i < 4; i++) four.push((await send(path, await text()))['errcode']);
    await act('tap', { key: 'HELP' });
    await driver.advance(60);

    expect(four).toEqual([0, 0, 0, 45047]);
    expect(await send(path, await text())).toMatchObject({ errcode: 45015 });
  });

  it.each([
    [{ msgtype: 'smoke' }, 40008],
    [{ msgtype: 'text', text: { content: 'x'.repeat(2049) } }, 45002],
    [{ msgtype: 'image', image: { media_id: 'nope' } }, 40007],
    [{ msgtype: 'news', news: { articles: [{}, {}] } }, 45008],
    [{ msgtype: 'link', link: { title: 'a', url: 'https://example.com' } }, 48008],
  ])('%j is refused with %i', async (message, errcode) => {
    await act('say', { text: 'hello' });

    expect(await send(path, { touser: await openidOf('lilei'), ...message })).toMatchObject({ errcode });
  });
});

describe('A subscribe message', () => {
  const path = '/cgi-bin/message/subscribe/send';
  const allow = (id: string | undefined) =>
    driver.control('POST', '/_sim/people/lilei/subscribe-message', { appid: miniProgram.appid, template_id: id });

  it('uses up a consent that is good for one, and none that lasts', async () => {
    const touser = await openidOf('lilei', miniProgram.appid);
    const single = { touser, template_id: once?.id, data: { number1: { value: '17' }, thing2: { value: '一号店' } } };
    const lasting = { touser, template_id: always?.id, data: { thing1: { value: '证件' }, date2: { value: '2026年1月1日' } } };
    await allow(once?.id);
    await allow(always?.id);

    const sent = [];
    for (const body of [single, single, lasting, lasting]) sent.push((await send(path, body, miniProgram))['errcode']);

    expect(sent).toEqual([0, 43101, 0, 0]);
    expect(await inbox('lilei', miniProgram.appid)).toHaveLength(3);
  });
});

describe('A menu', () => {
  const button = [
    { type: 'click', name: '帮助', key: 'HELP' },
    { name: '更多', sub_button: [{ type: 'view', name: '商店', url: 'https://example.com/' }] },
  ];

  it('is put, read and removed', async () => {
    const { access_token: token } = await driver.stableToken();
    const get = () => driver.get(`/cgi-bin/menu/get?access_token=${String(token)}`);

    expect(await get()).toMatchObject({ errcode: 46003 });
    expect(await send('/cgi-bin/menu/create', { button })).toMatchObject({ errcode: 0 });
    expect(await get()).toEqual({ menu: { button } });
    await driver.get(`/cgi-bin/menu/delete?access_token=${String(token)}`);
    expect(await get()).toMatchObject({ errcode: 46003 });
  });

  it.each([
    [[], 40016],
    [[1, 2, 3, 4].map(() => button[0]), 40016],
    [[{ type: 'click', name: 'x'.repeat(17), key: 'A' }], 40018],
    [[{ type: 'dance', name: 'x' }], 40017],
    [[{ type: 'click', name: 'x' }], 40019],
    [[{ name: 'x', sub_button: [1, 2, 3, 4, 5, 6].map(() => button[0]) }], 40023],
    [[{ name: 'x', sub_button: [{ type: 'view', name: 'y' }] }], 40027],
  ])('of %j is refused with %i', async (buttons, errcode) => {
    expect(await send('/cgi-bin/menu/create', { button: buttons })).toMatchObject({ errcode });
  });
});

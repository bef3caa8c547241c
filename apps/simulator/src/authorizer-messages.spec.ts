import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Body, officialAccount, platform } from '../test/driver.js';
import { house, receiver, wechat } from '../test/platform-world.js';

let token: string;
beforeEach(async () => {
  token = await house.open();
  await wechat.control('PATCH', `/_sim/platforms/${platform.appid}`, { message_url: `${receiver.url}/$APPID$/messages` });
});

const { appid, originalId } = officialAccount;
const say = () => wechat.control('POST', '/_sim/people/xiaoming/say', { appid, text: '你好' });
const messages = () => receiver.pushes.filter(({ url }) => url.pathname.endsWith('/messages'));

/** Answers messages as a platform would; events of the platform get their success. */
function answerMessages(answer: (message: Record<string, string>) => string): void {
  receiver.reaction = (received, response) => {
    if (!received.url.pathname.endsWith('/messages')) return void response.end('success');
    void house.read(received).then((message) => response.end(answer(message)));
  };
}

describe('a message to an authorizer', () => {
  it('goes to the platform, sealed with its key, and takes a reply sealed so', async () => {
    await house.authorize(token, appid);
    answerMessages((message) => house.textReply(message, 'hello'));
    const push = await say();
    const [received] = messages();

    expect(received?.url.pathname).toBe(`/callback/${appid}/messages`);
    expect(received?.url.searchParams.get('openid')).toMatch(/^o/);
    expect(received?.body).toMatch(/^<xml><ToUserName>/);
    expect(received && (await house.read(received))).toMatchObject({ ToUserName: originalId, Content: '你好' });
    expect(push).toMatchObject({ appid, state: 'delivered', reply: { MsgType: 'text', Content: 'hello' } });
  });

  it('goes to the account itself without the set for messages, and after the authorisation is over', async () => {
    await wechat.control('PUT', `/_sim/apps/${appid}/callback`, { url: receiver.url, mode: 'plain', verify: false });
    await house.authorize(token, appid, { permission_sets: [2] });
    await say();
    await house.authorize(token, appid);
    await say();
    await wechat.control('DELETE', `/_sim/platforms/${platform.appid}/authorizers/${appid}`);
    await say();

    expect(messages()).toHaveLength(1);
    expect(receiver.pushes.filter(({ body }) => body.includes('<Content>'))).toHaveLength(2);
  });
});

describe('an event of the platform', () => {
  it('may be meant for another by a fault, and has failed with any answer but success', async () => {
    await wechat.control('POST', '/_sim/faults/pushes', { appid: platform.appid, kind: 'wrong_receive_id' });
    const put = () => wechat.control('PUT', `/_sim/platforms/${platform.appid}/authorizers/${appid}`, {});
    await put();
    const event = receiver.pushes.at(-1);
    await expect(event && house.read(event)).rejects.toMatchObject({ fault: 'bad-receive-id' });

    receiver.reaction = (_received, response) => void response.end('<xml></xml>');
    const pushed = await wechat.control('DELETE', `/_sim/platforms/${platform.appid}/authorizers/${appid}`);
    expect(pushed).toMatchObject({ state: 'failed', attempts: [{ outcome: 'bad_reply' }] });
  });
});

describe('an event of another kind', () => {
  const push = (infoType: string) =>
    wechat.control('POST', `/_sim/platforms/${platform.appid}/events`, { info_type: infoType, fields: { status: 0 } });

  it('comes with the fields it is given, but none is forged', async () => {
    await push('notify_third_fasteregister');

    expect((await house.events('notify_third_fasteregister'))[0]).toMatchObject({ AppId: platform.appid, status: '0' });
    expect((await push('unauthorized'))['error']).toMatchObject({ code: 'not_forged' });
  });
});

describe('the tests before a release', () => {
  const run = (more: object) => wechat.control('POST', `/_sim/platforms/${platform.appid}/release-tests`, more);
  const verdicts = (answer: Body) =>
    (answer['steps'] as { test: string; appid: string; problem: string | null }[]).map(({ test, problem }) => [test, problem]);

  /** A platform that does all that is asked of it. */
  function answerRelease(message: Record<string, string>): string {
    if (message['MsgType'] === 'event') return house.textReply(message, `${message['Event']}from_callback`);
    const [, code] = (message['Content'] ?? '').split('QUERY_AUTH_CODE:');
    if (code === undefined) return house.textReply(message, `${message['Content']}_callback`);
    setImmediate(() => void answerByCall(code, message['FromUserName'] ?? ''));
    return '';
  }

  async function answerByCall(code: string, openid: string): Promise<void> {
    const answer = await house.call('api_query_auth', token, { authorization_code: code });
    const { authorizer_access_token: access } = answer['authorization_info'] as { authorizer_access_token: string };
    const text = { touser: openid, msgtype: 'text', text: { content: `${code}_from_api` } };
    await wechat.post(`/cgi-bin/message/custom/send?access_token=${access}`, text);
  }

  it('are passed by a platform that answers as it should', async () => {
    answerMessages(answerRelease);
    const answer = await run({ pair: 2 });

    expect(verdicts(answer)).toEqual([
      ['ticket', null],
      ['text', null],
      ['event', null],
      ['api', null],
      ['api', null],
    ]);
    expect(answer).toMatchObject({
      passed: true,
      steps: [{}, { appid: 'wx9252c5e0bb1836fc' }, {}, {}, { appid: 'wxc39235c15087f6f3' }],
    });
    expect(await wechat.control('GET', `/_sim/platforms/${platform.appid}/authorizers`)).toEqual([]);
  });

  it('say what was wrong', async () => {
    answerMessages((message) => (message['Content']?.startsWith('QUERY') ? '' : house.textReply(message, 'no')));
    const answer = await run({ tests: ['text', 'api'], patience_ms: 0 });

    expect(answer['passed']).toBe(false);
    expect(verdicts(answer)).toEqual([
      ['text', 'the reply is not TESTCOMPONENT_MSG_TYPE_TEXT_callback'],
      ['api', 'the code was never exchanged'],
      ['api', 'the code was never exchanged'],
    ]);
    answerMessages(() => 'success');
    expect(verdicts(await run({ tests: ['text', 'api'] }))).toEqual([
      ['text', 'there was no reply but success'],
      ['api', 'the push was answered with success, not empty'],
      ['api', 'the push was answered with success, not empty'],
    ]);
  });
});

describe('another party with the platform’s secret', () => {
  it('kills the tokens of the platform or of one authorizer', async () => {
    const access = (await house.authorize(token, appid))['authorizer_access_token'];
    const kill = (more: object) => wechat.control('POST', `/_sim/platforms/${platform.appid}/kill-tokens`, more);

    expect(await kill({ authorizer: appid })).toEqual({ killed: 1 });
    expect(await wechat.verdict(access)).toBe(40001);
    expect(await kill({})).toEqual({ killed: 1 });
    expect((await house.call('api_create_preauthcode', token))['errcode']).toBe(40001);
    expect(await wechat.control('GET', `/_sim/platforms/${platform.appid}`)).toMatchObject({
      tokens: [{ value: token, alive: false }],
    });
  });
});

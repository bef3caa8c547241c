import { describe, expect, it } from '@jest/globals';
import { sortedSha1 } from '#wechat-crypto';
import { type Answer, TestGateway } from './support/gateway.js';
import { callbackToken, encodingAesKey, signedPush, textPush } from './support/pusher.js';

const appid = 'wx00000000000000aa';
const compatible = { token: callbackToken, encoding_aes_key: encodingAesKey, mode: 'compatible' };

interface Sent {
  readonly query: string;
  readonly body: string;
}

async function house(callback: object = compatible): Promise<TestGateway> {
  const gateway = await TestGateway.start();
  const body = { appid, kind: 'official_account', name: 'A', secret: '0'.repeat(32), original_id: 'gh_97417a04a28d', callback };
  const { status, text } = await gateway.admin('/apps', { method: 'POST', body });
  if (status !== 201) throw new Error(text);
  return gateway;
}

const send = (to: TestGateway, { query, body }: Sent): Promise<Answer> =>
  to.ask(`/callbacks/${appid}?${query}`, { method: 'POST', body, headers: { 'content-type': 'text/xml' } });

const contents = async (gateway: TestGateway): Promise<unknown[]> =>
  (await gateway.database.query<{ said: unknown }>("SELECT data ->> 'Content' AS said FROM event ORDER BY seq")).map(
    ({ said }) => said,
  );

/** A push in the clear, with what whoever saw another push knows of its signature. */
function forged({ query }: Sent, body = textPush('forged')): Sent {
  const seen = new URLSearchParams(query);
  const query_ = ['signature', 'timestamp', 'nonce'].map((name): [string, string] => [name, seen.get(name) ?? '']);
  return { query: new URLSearchParams(query_).toString(), body };
}

const refused = { status: 403, code: 'push_refused' };

describe('A signature that WeChat used for something else', () => {
  it('is good for no push in the clear: from a sealed push, at whichever replica, also after a restart', async () => {
    const gateway = await house();
    const genuine = signedPush(textPush('genuine'), { appid, isSealed: true });
    expect((await send(gateway, genuine)).text).toBe('success');

    expect((await send(gateway, forged(genuine))).body).toMatchObject(refused);
    expect((await send(await gateway.twin(), forged(genuine))).body).toMatchObject(refused);
    await gateway.stop();
    const later = await gateway.twin();
    expect((await send(later, forged(genuine))).body).toMatchObject(refused);

    expect(await contents(later)).toEqual(['genuine']);
    expect((await later.ask('/metrics')).text).toContain(`wx_callbacks_total{appid="${appid}",outcome="reused"} 1`);
  });

  it('is good for none either when the sealed push came without it, or in the safe mode of before', async () => {
    const gateway = await house({ ...compatible, mode: 'safe' });
    const genuine = signedPush(textPush('genuine'), { appid, isSealed: true });
    const bare = new URLSearchParams(genuine.query);
    bare.delete('signature');
    expect((await send(gateway, { ...genuine, query: bare.toString() })).text).toBe('success');
    await gateway.admin(`/apps/${appid}`, { method: 'PATCH', body: { callback: { mode: 'plain' } } });

    expect((await send(gateway, forged(genuine))).body).toMatchObject(refused);
    expect(await contents(gateway)).toEqual(['genuine']);
  });

  it.each(['/callbacks/wx00000000000000aa', '/v1/service/wx/wxmsg'])(
    'is good for none: from the check of %s',
    async (address) => {
      const gateway = await house({ token: callbackToken });
      const check = signedPush('', { appid });
      const echo = await gateway.ask(`${address}?${check.query}&echostr=5927782489442352469`);
      expect([echo.status, echo.text]).toEqual([200, '5927782489442352469']);

      expect((await send(await gateway.twin(), forged(check))).body).toMatchObject(refused);

      expect(await contents(gateway)).toEqual([]);
    },
  );

  it('is good for the same message in the clear, which is a repeat', async () => {
    const gateway = await house();
    const body = textPush('same');
    const genuine = signedPush(body, { appid, isSealed: true });
    await send(gateway, genuine);

    expect((await send(gateway, forged(genuine, body))).text).toBe('success');
    expect(await contents(gateway)).toEqual(['same']);
  });

  it('stays good for what is sealed: a repeat that WeChat seals anew, whatever was forged before it or beside it', async () => {
    const gateway = await house();
    const twin = await gateway.twin();
    const body = textPush('genuine');
    const [stamp, at] = ['1234567890', new Date()];
    const [genuine, again] = [0, 1].map(() => signedPush(body, { appid, isSealed: true, nonce: stamp, at })) as [Sent, Sent];
    expect(again.body).not.toBe(genuine.body);

    expect((await send(twin, forged(genuine, textPush('forged before')))).text).toBe('success');
    const [, first] = await Promise.all([
      send(twin, forged(genuine, textPush('forged beside'))),
      send(gateway, genuine),
      send(gateway, again),
    ]);

    expect(first.text).toBe('success');
    expect((await send(twin, again)).text).toBe('success');
    // The memory holds what was proven.
    expect((await send(twin, forged(genuine, textPush('forged after')))).body).toMatchObject(refused);
    expect((await contents(gateway)).filter((said) => said === 'genuine')).toEqual(['genuine']);
    expect(await contents(gateway)).not.toContain('forged after');
  });

  it('is known also where a zero before the time would make the same signature of another time and nonce', async () => {
    const gateway = await house({ token: callbackToken });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const [nonce, shifted] = ['0000', '000'];
    const signature = sortedSha1([callbackToken, timestamp, nonce]);
    expect(sortedSha1([callbackToken, `0${timestamp}`, shifted])).toBe(signature);
    const query = (of: Record<string, string>): string => new URLSearchParams({ signature, ...of }).toString();
    expect((await send(gateway, { query: query({ timestamp, nonce }), body: textPush('genuine') })).text).toBe('success');

    const shift = { query: query({ timestamp: `0${timestamp}`, nonce: shifted }), body: textPush('forged') };

    expect((await send(gateway, shift)).status).toBe(403);
    expect(await contents(gateway)).toEqual(['genuine']);
  });
});

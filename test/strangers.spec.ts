import { describe, expect, it } from '@jest/globals';
import { LoginRates } from '../libs/qr-login/src/login-rates.js';
import { type Answer, TestGateway } from './support/gateway.js';
import { LoginHouse, Phone, linkIn } from './support/login-house.js';
import { demoApp } from './support/wechat.js';

/** As whatever begins a login for a browser that came by itself. */
async function letsIn(gateway: TestGateway, keyId: string, address: string): Promise<boolean> {
  const taken = gateway.gateway.app.get(LoginRates).take({ keyId, isStranger: true, address });
  return taken.then(
    () => true,
    () => false,
  );
}

const begin = (house: LoginHouse, at: TestGateway, binding: string, ip?: string): Promise<Answer> =>
  house.ask(`/v1/apps/${demoApp}/qr-logins`, { binding, ...(ip !== undefined && { context: { ip } }) }, { at });

const counted = (answers: readonly unknown[]): Record<string, number> =>
  Object.fromEntries([...new Set(answers)].map((one) => [String(one), answers.filter((other) => other === one).length]));

/** Somebody with a network of their own: another /64 each time. */
const network = (number: number): string => `2001:db8:${number.toString(16)}::1`;

describe('The limits on logins', () => {
  it('let in exactly as many as they say, of a hundred that begin at once at two replicas', async () => {
    const house = await LoginHouse.build();
    const twin = await house.twin();
    const replicas = [house.gateway, twin];

    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, turn) =>
        begin(house, replicas[turn % 2] ?? twin, `session-${turn}`, `2001:db8:1:2::${turn.toString(16)}`),
      ),
    );

    expect(counted(answers.map(({ status }) => status))).toEqual({ 201: 30, 429: 70 });
    expect(await house.wechat.calls('/cgi-bin/qrcode/create')).toBe(30);
    const late = answers.find(({ status }) => status === 429);
    expect(late?.body.code).toBe('too_many_logins');
    expect(Number(late?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(late?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await begin(house, twin, 'neighbour', '2001:db8:1:3::1')).status).toBe(201);

    await house.gateway.database.query("UPDATE login_rate SET until = now() WHERE subject LIKE '%2001:db8:1:2%'");
    expect((await begin(house, twin, 'later', '2001:db8:1:2::1')).status).toBe(201);
  });

  it('do the same for a whole key, and for all strangers together', async () => {
    const env = { QR_LOGINS_PER_MINUTE: '20', QR_LOGINS_BY_STRANGERS_PER_MINUTE: '10' };
    const house = await LoginHouse.build({ env });
    const twin = await house.gateway.twin({ env: { ...house.wechat.env, PUBLIC_URL: house.gateway.url, ...env } });
    const replicas = [house.gateway, twin];
    const at = (turn: number): TestGateway => replicas[turn % 2] ?? twin;

    const strangers = await Promise.all(Array.from({ length: 100 }, (_, turn) => letsIn(at(turn), house.keyId, network(turn))));
    const own = await Promise.all(Array.from({ length: 40 }, (_, turn) => begin(house, at(turn), `session-${turn}`)));

    expect(counted(strangers)).toEqual({ true: 10, false: 90 });
    expect(counted(own.map(({ status }) => status))).toEqual({ 201: 20, 429: 20 });
  });
});

describe('Strangers', () => {
  it('from one network or from many do not spend the logins of the service, nor fill the table', async () => {
    const house = await LoginHouse.build({ env: { QR_LOGINS_BY_STRANGERS_PER_MINUTE: '60' } });

    const near: boolean[] = [];
    for (let turn = 0; turn < 600; turn++) near.push(await letsIn(house.gateway, house.keyId, `2001:db8::${turn.toString(16)}`));
    const far: boolean[] = [];
    for (let turn = 1; turn <= 600; turn++) far.push(await letsIn(house.gateway, house.keyId, network(turn)));
    const own = await Promise.all(
      Array.from({ length: 10 }, (_, turn) => begin(house, house.gateway, `s-${turn}`, '2001:db8::1')),
    );

    expect(counted(near)).toEqual({ true: 30, false: 570 });
    expect(counted(far)).toEqual({ true: 30, false: 570 });
    expect(counted(own.map(({ status }) => status))).toEqual({ 201: 10 });
    // Whoever is refused leaves nothing: the budget of strangers, 31 networks of theirs, the key's budget, one address of its own.
    expect(await house.gateway.database.query('SELECT 1 FROM login_rate')).toHaveLength(34);
  });

  it('who have scanned cannot have WeChat asked about invented codes without end', async () => {
    const house = await LoginHouse.build();
    const link = linkIn(await house.scan('xiaoming', await house.begin()));

    for (let turn = 0; turn < 20; turn++) await fetch(`${link}?code=invented-${turn}`, { redirect: 'manual' });

    expect(await house.wechat.calls('/sns/oauth2/access_token')).toBe(5);
    await house.gateway.database.query('UPDATE login_rate SET until = now()');
    expect((await new Phone('xiaoming').open(link)).text).toContain('decision');
  });
});

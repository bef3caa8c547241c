import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { afterThisTest } from './support/cleanup.js';
import { type Answer, TestGateway } from './support/gateway.js';
import { callbackToken, signedPush, textPush } from './support/pusher.js';
import { until } from './support/until.js';

const appid = 'wx00000000000000aa';

/** A gateway and the lock that storing needs, which the test takes and gives up. */
class House {
  private constructor(
    readonly gateway: TestGateway,
    private readonly holder: pg.Client,
  ) {}

  static async build(): Promise<House> {
    const gateway = await TestGateway.start({
      env: { DATABASE_LOCK_TIMEOUT_SECONDS: '60', DATABASE_STATEMENT_TIMEOUT_SECONDS: '60' },
    });
    const body = { appid, kind: 'official_account', name: 'A', secret: '0'.repeat(32), callback: { token: callbackToken } };
    await gateway.admin('/apps', { method: 'POST', body });
    const holder = new pg.Client({ connectionString: gateway.database.url });
    await holder.connect();
    afterThisTest(() => holder.end());
    return new House(gateway, holder);
  }

  async holdStorage(): Promise<void> {
    await this.holder.query('BEGIN');
    await this.holder.query('SELECT pg_advisory_xact_lock(4207, 1)');
  }

  async letGo(): Promise<void> {
    await this.holder.query('ROLLBACK');
  }

  push(openid: string): Promise<Answer> {
    const { query, body } = signedPush(textPush('hi', openid), { appid });
    return this.gateway.ask(`/callbacks/${appid}?${query}`, { method: 'POST', body });
  }

  async stored(): Promise<string[]> {
    const rows = await this.gateway.database.query<{ openid: string }>('SELECT openid FROM event ORDER BY seq');
    return rows.map(({ openid }) => openid);
  }

  async metric(name: string): Promise<number> {
    const { text } = await this.gateway.ask('/metrics');
    return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  }
}

const told = ({ status, headers, body }: Answer): unknown => [status, body.code, headers.get('retry-after')];
const notInTime = [503, 'push_not_in_time', '5'];

describe('Pushes that cannot be stored in time', () => {
  it('are refused within the time of WeChat and never stored, newcomers at once; afterwards all are stored again', async () => {
    const house = await House.build();
    expect((await house.push('oBefore')).status).toBe(200);
    await house.holdStorage();

    // The first hangs in its commit, the others wait behind it.
    const hanging = house.push('oHanging');
    await until(
      () => house.gateway.database.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"),
      (rows) => rows.length > 0,
    );
    const waiting = [house.push('oSecond'), house.push('oThird')];
    await until(
      () => house.metric('wx_callbacks_waiting'),
      (count) => count === 2,
    );
    const refused = await Promise.all(waiting);
    const newcomer = await house.push('oNewcomer');
    const hung = await hanging;
    await house.letGo();
    const recovered = await until(
      () => house.push('oAfter'),
      ({ status }) => status === 200,
    );

    expect(refused.map(told)).toEqual([notInTime, notInTime]);
    expect(told(newcomer)).toEqual(notInTime);
    expect(newcomer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(newcomer.headers.get('x-request-id')).toBe(newcomer.body.request_id);
    expect(told(hung)).toEqual([503, 'storage_unavailable', '2']);
    expect(recovered.text).toBe('success');
    // What hung was on its way already.
    expect(await house.stored()).toEqual(['oBefore', 'oHanging', 'oAfter']);
    expect(await house.metric('wx_callbacks_not_in_time_total{stage="queue"}')).toBe(2);
    expect(await house.metric('wx_callbacks_not_in_time_total{stage="commit"}')).toBe(1);
    expect(await house.metric('wx_callbacks_not_in_time_total{stage="door"}')).toBeGreaterThan(0);
    const lines = house.gateway.logged;
    expect(lines.filter((line) => line.includes('faster than they can be stored'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('"status":503'))).toEqual([]);
  }, 30_000);
});

import { describe, expect, it } from '@jest/globals';
import { TestGateway } from './support/gateway.js';
import { demoApp } from './support/wechat.js';

/** Who is let in without a key is told, with status 200, that the gateway has no such app. */
async function olderCall(gateway: TestGateway, headers: Record<string, string>): Promise<number> {
  const body = { source: 'test', appid: demoApp, code: '0x' };
  return (await gateway.ask('/v1/service/wx/getwxuserinfo', { method: 'POST', body, headers })).status;
}

describe('LEGACY_TRUSTED_CIDRS', () => {
  it('trust nobody who stands behind a proxy that is not itself trusted', async () => {
    const gateway = await TestGateway.start({ env: { LEGACY_TRUSTED_CIDRS: '127.0.0.0/8' } });

    expect(await olderCall(gateway, {})).toBe(200);
    const forwarded: Record<string, string>[] = [
      { 'x-forwarded-for': '8.8.8.8' },
      { 'x-forwarded-for': '127.0.0.1' },
      { 'x-forwarded-for': '' },
      { forwarded: 'for=127.0.0.1' },
      { 'x-real-ip': '127.0.0.1' },
      { 'x-forwarded-proto': 'https' },
      { via: '1.1 proxy' },
    ];
    for (const headers of forwarded) expect([headers, await olderCall(gateway, headers)]).toEqual([headers, 401]);
  });

  it('trust those whom trusted proxies name, if nobody stands behind them', async () => {
    const env = { LEGACY_TRUSTED_CIDRS: '10.1.0.0/16,127.0.0.1', TRUSTED_PROXIES: '127.0.0.0/8,10.9.0.1' };
    const gateway = await TestGateway.start({ env });
    const status = (chain: string) => olderCall(gateway, { 'x-forwarded-for': chain });

    expect(await status('10.1.2.3')).toBe(200);
    expect(await status('10.1.2.3, 10.9.0.1')).toBe(200);
    expect(await status('::ffff:10.1.2.3')).toBe(200);
    expect(await status('8.8.8.8, 10.1.2.3')).toBe(401);
    expect(await status('10.1.2.3, 8.8.8.8, 10.1.2.3')).toBe(401);
    expect(await status('10.1.2.3, 8.8.8.8')).toBe(401);
    expect(await status('unknown')).toBe(401);
    // The proxy's own address is trusted, but it asks for somebody whom it does not name.
    expect(await olderCall(gateway, { 'x-real-ip': '8.8.8.8' })).toBe(401);
    expect(await olderCall(gateway, {})).toBe(200);
  });
});

describe('The metrics without a token', () => {
  it('are shown to this machine alone, and not to whom a proxy on it forwards', async () => {
    const gateway = await TestGateway.start();

    expect((await gateway.ask('/metrics')).status).toBe(200);
    for (const name of ['x-forwarded-for', 'x-real-ip', 'via']) {
      const headers = { [name]: '127.0.0.1' };
      const { status, body } = await gateway.ask('/metrics', { headers });
      expect([headers, status, body.code]).toEqual([headers, 401, 'key_invalid']);
    }
  });
});

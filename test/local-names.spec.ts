import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { TestGateway } from './support/gateway.js';
import { TestWechat } from './support/wechat.js';

const foreign = [
  'evil.example',
  'evil.example:36012',
  '127.0.0.1.evil.example',
  'localhost@evil.example',
  '10.0.0.1',
  '0.0.0.0',
  ':x',
];
const local = ['localhost', 'localhost:1', 'LOCALHOST:36012', '127.0.0.1:80', '127.8.9.10', '[::1]:36012', '[::1]'];

const statusOf = async (url: string, method: 'get' | 'post', path: string, headers: Record<string, string>): Promise<number> =>
  (await request(url)[method](path).set(headers)).status;

describe('The sandbox', () => {
  const sandbox = (env: Record<string, string> = {}) => TestGateway.start({ env: { SANDBOX: 'true', ...env } });

  it('answers under names of this machine alone', async () => {
    const { url } = await sandbox();

    for (const host of local) expect([host, await statusOf(url, 'get', '/health/live', { host })]).toEqual([host, 200]);
    for (const host of foreign)
      for (const path of ['/health/live', '/docs', '/v1/key', '/nothing'])
        expect([host, path, await statusOf(url, 'get', path, { host })]).toEqual([host, path, 403]);
    await request(url)
      .get('/v1/key')
      .set('Host', 'evil.example')
      .expect(({ body }) => expect(body).toMatchObject({ code: 'host_not_local', status: 403 }));
  });

  it('answers under the public address that it was given', async () => {
    const { url } = await sandbox({ PUBLIC_URL: 'https://phone.example' });

    expect(await statusOf(url, 'get', '/health/live', { host: 'phone.example' })).toBe(200);
    expect(await statusOf(url, 'get', '/health/live', { host: 'evil.example' })).toBe(403);
  });

  it('takes nothing that a page of another host sends', async () => {
    const { url } = await sandbox();
    const path = '/v1/service/wx/getwxuserinfo';

    expect(await statusOf(url, 'post', path, { origin: 'https://evil.example' })).toBe(403);
    for (const origin of ['http://localhost:8080', 'http://127.0.0.1', 'null'])
      expect([origin, await statusOf(url, 'post', path, { origin })]).toEqual([origin, 200]);
  });
});

describe('A gateway in production', () => {
  it('answers under whatever name leads to it', async () => {
    const { url } = await TestGateway.start();

    expect(await statusOf(url, 'get', '/health/live', { host: 'gateway.internal:8080' })).toBe(200);
  });
});

describe('The simulator', () => {
  it('answers under names of this machine alone, and lets no other page control it', async () => {
    const { url } = await TestWechat.start();

    for (const host of local) expect([host, await statusOf(url, 'get', '/_sim/apps', { host })]).toEqual([host, 200]);
    for (const host of foreign)
      for (const path of ['/_sim/apps', '/cgi-bin/token', '/'])
        expect([host, path, await statusOf(url, 'get', path, { host })]).toEqual([host, path, 403]);
    for (const origin of ['https://evil.example', 'null'])
      expect([origin, await statusOf(url, 'post', '/_sim/reset', { origin })]).toEqual([origin, 403]);
    expect(await statusOf(url, 'post', '/_sim/reset', { origin: url })).toBe(200);
  });
});

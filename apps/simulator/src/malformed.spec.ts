import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { Driver, officialAccount } from '../test/driver.js';
import { Chance } from './chance.js';
import { endpoints } from './endpoints.js';

let wechat: Driver;
let token: string;

beforeAll(async () => {
  wechat = await Driver.start();
  token = String((await wechat.stableToken())['access_token']);
});
afterAll(() => wechat.close());

const controlPaths = [
  '/_sim/clock',
  '/_sim/people/xiaoming/scan',
  '/_sim/people/xiaoming/authorize',
  '/_sim/faults/pushes',
  '/_sim/apps/x/events',
  '/_sim/apps/wx3cc8fd6963e31a32/authorize-platform',
  '/_sim/platforms/wxdec0de0000000004/events',
];
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'];
const junk = [
  '%',
  '%E0%A4%A',
  '%00',
  '\u0000',
  'a'.repeat(5000),
  '[]',
  '{}',
  '__proto__',
  'constructor',
  '-1',
  '1e999',
  '中文',
  '\'"><',
  '../..',
  '&&==',
  'null',
];
const bodies = [
  '',
  '{',
  '[]',
  'null',
  '"x"',
  '{"a":',
  '{"__proto__":{"x":1}}',
  '['.repeat(5000),
  '{"user_list":[1,null,{}]}',
  '<xml>',
  '\uFEFF{}',
  '{"action_name":{}}',
  '{"cgi_path":[]}',
  '{"action_info":{"scene":[]},"action_name":"QR_SCENE"}',
];
const types = ['application/json', 'text/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=', ';;;', ''];

interface Oddity {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly type: string;
}

/** Seeded, so that a failure can be played again. */
function oddities(count: number): Oddity[] {
  const chance = new Chance('malformed');
  const pick = <Item>(list: readonly Item[]): Item => list[chance.bytes(2).readUInt16BE() % list.length] as Item;
  const names = [
    'access_token',
    'appid',
    'secret',
    'code',
    'openid',
    'ticket',
    'redirect_uri',
    'scope',
    'uuid',
    'person',
    'next',
    'component_appid',
    'component_access_token',
    'pre_auth_code',
    'auth_type',
    'text',
  ];
  const value = () => pick([...junk, token, officialAccount.appid, officialAccount.secret, 'client_credential']);
  return Array.from({ length: count }, () => {
    const query = Array.from({ length: chance.bytes(1).readUInt8() % 5 }, () => `${pick(names)}=${value()}`).join('&');
    const path = pick([...endpoints.map((endpoint) => endpoint.path), ...controlPaths, '/', `/${value()}`, '//', '*']);
    return { method: pick(methods), target: `${path}?${query}`, body: pick(bodies), type: pick(types) };
  });
}

/** Over a bare socket: fetch would mend most of what is broken here. Gives the status line, or how the connection ended. */
function send(oddity: Oddity): Promise<string> {
  const { port } = new URL(wechat.url);
  const target = oddity.target.replace(/[^!-~]/gu, encodeURIComponent);
  const head = `${oddity.method} ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${oddity.type}\r\n`;
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(`${head}content-length: ${Buffer.byteLength(oddity.body)}\r\n\r\n${oddity.body}`);
    });
    socket.on('data', (data) => (answer += data.toString('latin1')));
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve(answer.split('\r\n', 1)[0] ?? ''));
  });
}

describe('the simulator', () => {
  it('answers a seeded thousand malformed requests, and none of them with a bug of its own', async () => {
    const all = oddities(1000);
    const answers: [string, Oddity][] = [];
    for (let at = 0; at < all.length; at += 20) {
      const some = all.slice(at, at + 20);
      answers.push(...(await Promise.all(some.map(async (one) => [await send(one), one] as [string, Oddity]))));
    }

    expect(answers.filter(([status]) => !/^HTTP\/1\.1 [234]\d\d /.test(status))).toEqual([]);
    expect(await wechat.verdict(token)).toBe(0);
  });

  it('survives what is not HTTP at all', async () => {
    const { port } = new URL(wechat.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end('\u0016\u0003\u0001 hello\r\n\r\n'));
      socket.on('data', (data) => resolve(data.toString()));
      socket.on('close', () => resolve(''));
    });

    expect(answer).toMatch(/^(HTTP\/1\.1 400|$)/);
    expect(await wechat.verdict(token)).toBe(0);
  });
});

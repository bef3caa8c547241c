import { describe, expect, it } from '@jest/globals';
import { makeLog } from './log.js';
import { scrub } from './scrub.js';

describe('A log line', () => {
  it.each([
    ['a key of ours', 'refused wxg_0123456789_abcdefghijklmnopqrstuvwxyz012345ABCDEF at once', 'abcdefghijkl'],
    ['a bearer token', 'Authorization: Bearer s3cr3t.token-value', 's3cr3t'],
    ['a query of WeChat', 'GET https://api.weixin.qq.com/cgi-bin/token?appid=wx1&secret=s3cr3t failed', 's3cr3t'],
    ['a query without a host', 'connect failed on /sns/oauth2/access_token?code=s3cr3t', 's3cr3t'],
    ['a JSON member', '{"access_token":"s3cr3t","expires_in":7200}', 's3cr3t'],
    ['a JSON member inside a JSON text', '{"msg":"{\\"session_key\\":\\"s3cr3t==\\"}"}', 's3cr3t'],
    ['a form field', 'body was grant_type=x&secret=s3cr3t&appid=wx1', 's3cr3t'],
    ['a database address', 'could not reach postgres://gateway:s3cr3t@db:5432/gateway', 's3cr3t'],
  ])('does not show %s', (_, line, secret) => {
    expect(scrub(line)).not.toContain(secret);
  });

  it.each([
    ['in a member of its own', '{"level":"warn","code":"ENOENT"}'],
    ['in another object of a line', '{"request":{"type":"Error","code":"ENOENT"}}'],
    ['deeper in an error', '{"err":{"type":"Error","body":{"code":"ENOENT"}}}'],
    ['in a text that looks like an error', '{"msg":"{\\"err\\":{\\"type\\":\\"Error\\",\\"code\\":\\"ENOENT\\"}}"}'],
    ['in what an error says', '{"err":{"type":"Error","message":"WeChat said {\\"code\\":\\"ENOENT\\"}"}}'],
  ])('does not show what may be a code of WeChat, whatever its shape, %s', (_, line) => {
    expect(scrub(line)).not.toContain('ENOENT');
  });

  it('shows the code of an error and of its causes', () => {
    const lines: string[] = [];
    const log = makeLog({ level: 'info', to: { write: (line: string) => void lines.push(line) } });
    const cause = Object.assign(new Error('database "x" does not exist'), { code: '3D000', name: 'error' });
    const sent = 'the answer was {"code":"0611AjGa1GqOBI0xgMHa1ewUsg11AjG7"}';

    log.fatal({ err: Object.assign(new Error(sent, { cause }), { code: 'ENOENT' }) }, 'The gateway could not start');

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { code: 'ENOENT', cause: { code: '3D000' } } });
    expect(lines[0]).not.toContain('0611AjGa');
  });

  it('keeps what an operator needs', () => {
    const line = '{"level":"info","method":"GET","route":"/v1/apps/:appid/access-token","status":200,"caller":"key:0123456789"}';

    expect(scrub(line)).toBe(line);
  });
});

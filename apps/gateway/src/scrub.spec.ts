import { describe, expect, it } from '@jest/globals';
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

  it('keeps what an operator needs', () => {
    const line = '{"level":"info","method":"GET","route":"/v1/apps/:appid/access-token","status":200,"caller":"key:0123456789"}';

    expect(scrub(line)).toBe(line);
  });
});

import { describe, expect, it } from '@jest/globals';
import { Sandbox, blocksIn } from './support/sandbox.js';

describe('The page about platforms', () => {
  it('takes an operator from nothing to the first authorised account', async () => {
    const sandbox = await Sandbox.start();

    const { code, outputs, errors } = await sandbox.paste(blocksIn('platform.md'));

    expect([errors, code]).toEqual(['', 0]);
    const lines = outputs.join('\n').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'third_party_platform',
        'ok',
        'credentials ok',
        'ip_allow_list ok',
        'callback ok',
        'aes_key ok',
        'component_ticket ok',
        'authorization ok',
        'Authorised: this page can be closed',
        'authorized',
        'wxdec0de00000000aa',
        'true',
      ]),
    );
    expect(await sandbox.end()).toBe(0);
  });
});

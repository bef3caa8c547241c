import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { askAt } from './support/gateway.js';
import { Sandbox, blocksIn } from './support/sandbox.js';
import { demoApp } from './support/wechat.js';

interface Person {
  readonly id: string;
  readonly accounts: readonly { readonly appid: string; readonly openid: string }[];
}

const control = async <T>({ S }: Sandbox, path: string, body?: unknown): Promise<T> =>
  (await askAt(`${S}/_sim${path}`, body === undefined ? {} : { method: 'POST', body })).body as T;

/** Before the real curl: what is refused ends the shell, where a reader would see it. */
function strictCurl(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'curl'), `#!/bin/bash\nPATH=\${PATH#*:}\ncurl -S --fail-with-body "$@"; code=$?; echo; exit $code\n`);
  chmodSync(join(bin, 'curl'), 0o755);
  return `PATH="${bin}:$PATH"`;
}

describe('The page about the simulator', () => {
  it('has commands that work when they are pasted in order, and leave a sandbox that works', async () => {
    const sandbox = await Sandbox.start();
    const commands = blocksIn('simulator.md').filter((block) => !block.startsWith('npm '));

    const { code, outputs, errors } = await sandbox.paste([strictCurl(sandbox.folder), ...commands]);

    expect({ errors, code, last: code === 0 ? '' : outputs.at(-1)?.slice(-500) }).toEqual({ errors: '', code: 0, last: '' });
    const answers = outputs.join('\n').split('\n');
    expect(answers.filter((line) => /"errcode":[1-9-]/.test(line) && !/"path":/.test(line))).toEqual([]);
    expect(answers.some((line) => line.includes('"access_token":"'))).toBe(true);

    const { now } = await control<{ now: string }>(sandbox, '/clock');
    expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(10_000);
    const pushed = await control(sandbox, '/people/lilei/say', { appid: demoApp, text: '你好' });
    expect(JSON.stringify(pushed)).toContain('"status":200');
    const people = await control<Person[]>(sandbox, '/people');
    const lilei = people.find(({ id }) => id === 'lilei')?.accounts.find(({ appid }) => appid === demoApp)?.openid ?? '';
    const asked = await askAt(`${sandbox.G}/v1/apps/${demoApp}/users/${lilei}`, { key: sandbox.credentials.api_key });
    expect([asked.status, asked.body.subscribe]).toEqual([200, 1]);
    expect(await sandbox.end()).toBe(0);
  });
});

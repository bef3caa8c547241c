import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { afterThisTest } from './support/cleanup.js';
import { freshDatabase } from './support/database.js';
import { masterKey } from './support/gateway.js';
import { TestProcess, freePort } from './support/process.js';

const page = readFileSync(new URL('../docs/platform.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);

/** As a reader pastes them, in one shell. */
async function paste(
  folder: string,
  env: Record<string, string>,
): Promise<{ code: number | null; said: string; errors: string }> {
  const shell = spawn('bash', ['--norc', '-eo', 'pipefail', '-c', commands.join('\n')], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  let [said, errors] = ['', ''];
  shell.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  shell.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part));
  const code = await new Promise<number | null>((done) => shell.once('close', done));
  return { code, said, errors };
}

describe('The page about platforms', () => {
  it('takes an operator from nothing to the first authorised account', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wechat-gateway-platform-'));
    chmodSync(folder, 0o711);
    afterThisTest(() => rm(folder, { recursive: true, force: true }));
    const { url } = await freshDatabase();
    const sandbox = TestProcess.start('dist/apps/gateway/src/main.js', {
      args: ['--local'],
      cwd: folder,
      env: { DATABASE_URL: url, MASTER_KEY: masterKey, PORT: await freePort(), SIMULATOR_PORT: await freePort() },
    });
    const G = await sandbox.says(/WeChat gateway\s+(http:\S+)/);
    const S = await sandbox.says(/WeChat simulator\s+(http:\S+)/);

    const { code, said, errors } = await paste(folder, { G, S });

    expect([errors, code]).toEqual(['', 0]);
    const lines = said.split('\n');
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
    expect(await sandbox.end('SIGTERM')).toBe(0);
  });
});

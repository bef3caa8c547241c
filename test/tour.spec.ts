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

const tour = readFileSync(new URL('../docs/tour.md', import.meta.url), 'utf8');
const blocks = [...tour.matchAll(/```(sh|json)\n(.*?)```/gs)].map(([, language, text = '']) => ({ language, text }));

/** Each block of commands in one shell, one after the other, as a reader pastes them. */
async function run(
  folder: string,
  env: Record<string, string>,
): Promise<{ code: number | null; outputs: string[]; errors: string }> {
  const mark = '---- end of a block ----';
  const script = blocks.filter(({ language }) => language === 'sh').map(({ text }) => `${text}echo; echo '${mark}'\n`);
  const shell = spawn('bash', ['--norc', '-eo', 'pipefail', '-c', script.join('')], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const said = { out: '', err: '' };
  shell.stdout.setEncoding('utf8').on('data', (part: string) => (said.out += part));
  shell.stderr.setEncoding('utf8').on('data', (part: string) => (said.err += part));
  const code = await new Promise<number | null>((done) => shell.once('close', done));
  return { code, outputs: said.out.split(mark).map((text) => text.trim()), errors: said.err };
}

/** The names in an object, and in the objects inside of it. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? [shapeOf(value[0])] : [];
  if (typeof value !== 'object' || value === null) return 'value';
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}

describe('The tour', () => {
  it('works when its commands are pasted, and shows what they answer', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wechat-gateway-tour-'));
    chmodSync(folder, 0o711);
    afterThisTest(() => rm(folder, { recursive: true, force: true }));
    const { url } = await freshDatabase();
    const sandbox = TestProcess.start('dist/apps/gateway/src/main.js', {
      args: ['--local'],
      cwd: folder,
      env: { DATABASE_URL: url, MASTER_KEY: masterKey, PORT: '0', SIMULATOR_PORT: await freePort() },
    });
    const G = await sandbox.says(/WeChat gateway\s+(http:\S+)/);
    const S = await sandbox.says(/WeChat simulator\s+(http:\S+)/);

    const { code, outputs, errors } = await run(folder, { G, S });

    expect([errors, code]).toEqual(['', 0]);
    // A block of JSON shows what the block of commands before it answers.
    let ran = -1;
    const shown = blocks.flatMap(({ language, text }) => {
      if (language === 'sh') ran++;
      return language === 'json' ? [{ text, answered: outputs[ran] ?? '' }] : [];
    });
    for (const { text, answered } of shown) expect(shapeOf(JSON.parse(answered))).toEqual(shapeOf(JSON.parse(text)));
    expect(outputs).toContain('shop-17');
    expect(outputs).toContain('200 image/jpeg');
    expect(outputs.at(-2)).toMatch(/^\/cgi-bin\/message\/template\/send 1 99999$/m);
    expect(await sandbox.end('SIGTERM')).toBe(0);
  });
});

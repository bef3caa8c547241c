import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { afterThisTest } from './support/cleanup.js';

const root = resolve(import.meta.dirname, '..');
const main = 'dist/apps/gateway/src/main.js';
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** A folder with these files of ours and nothing else, so that whatever else is imported cannot be found. */
function folderWithOnly(...files: string[]): string {
  const made = mkdtempSync(join(tmpdir(), 'wechat-gateway-node-'));
  afterThisTest(() => rm(made, { recursive: true, force: true }));
  for (const file of files) cpSync(join(root, file), join(made, file));
  return made;
}

/** Runs a command line as a Node of that version would see it. */
function as(version: string, command: string, cwd: string): { status: number | null; said: string } {
  const claim = `Object.defineProperty(process,'version',{value:'v${version}'})`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(claim)}` },
  });
  return { status, said: stdout + stderr };
}

const refusal = (version: string): string => `The gateway needs Node.js 20.19 or newer, but this is Node.js ${version}.\n`;

describe('An older Node.js', () => {
  it.each(['18.20.8', '20.18.3', '8.17.0'])(
    'is refused by the built gateway in one sentence, before it imports anything: %s',
    (version) => {
      const folder = folderWithOnly('package.json', 'tools/node-version.cjs', main);

      expect(as(version, `node ${main}`, folder)).toEqual({ status: 1, said: refusal(version) });
    },
  );

  it.each(['start', 'test', 'build'])('is refused by npm run %s before anything else is done', (name) => {
    const folder = folderWithOnly('package.json', 'tools/node-version.cjs');

    expect(as('18.20.8', scripts[`pre${name}`] ?? '', folder)).toEqual({ status: 1, said: refusal('18.20.8') });
  });

  it.each(['20.19.0', '22.12.0', '100.0.0'])('is not %s', (version) => {
    expect(as(version, 'node tools/node-version.cjs', root)).toEqual({ status: 0, said: '' });
  });
});

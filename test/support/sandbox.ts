import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterThisTest } from './cleanup.js';
import { freshDatabase } from './database.js';
import { masterKey } from './gateway.js';
import { TestProcess, freePort } from './process.js';

export interface Pasted {
  readonly code: number | null;
  /** What each block said. */
  readonly outputs: string[];
  readonly errors: string;
}

/** The blocks of one language in a page of `docs`. */
export function blocksIn(page: string, language = 'sh'): string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block = '']) => block);
}

/** What `npm start` gives a newcomer: a process of its own, with a WeChat to play with, on ports and in a folder of the test. */
export class Sandbox {
  private constructor(
    readonly folder: string,
    /** The gateway's address, and WeChat's, under the names that the documents use. */
    readonly G: string,
    readonly S: string,
    private readonly process: TestProcess,
    private readonly env: Record<string, string>,
  ) {}

  static async start(): Promise<Sandbox> {
    const folder = mkdtempSync(join(tmpdir(), 'wechat-gateway-sandbox-'));
    chmodSync(folder, 0o711);
    afterThisTest(() => rm(folder, { recursive: true, force: true }));
    const { url } = await freshDatabase();
    const ports = { PORT: await freePort(), SIMULATOR_PORT: await freePort() };
    return Sandbox.startIn(folder, { DATABASE_URL: url, MASTER_KEY: masterKey, ...ports });
  }

  /** Another start, on what this one has kept. */
  async startAgain(): Promise<Sandbox> {
    await this.end();
    return Sandbox.startIn(this.folder, this.env);
  }

  private static async startIn(folder: string, env: Record<string, string>): Promise<Sandbox> {
    const process = TestProcess.start('dist/apps/gateway/src/main.js', { args: ['--local'], cwd: folder, env });
    const [G, S] = [await process.says(/WeChat gateway\s+(http:\S+)/), await process.says(/WeChat simulator\s+(http:\S+)/)];
    return new Sandbox(folder, G, S, process, env);
  }

  get credentials(): { readonly admin_token: string; readonly api_key: string } {
    return JSON.parse(readFileSync(join(this.folder, 'data/sandbox.json'), 'utf8')) as { admin_token: string; api_key: string };
  }

  /** The blocks in one shell, one after the other, as a reader pastes them. */
  paste(blocks: readonly string[]): Promise<Pasted> {
    return pasteWith({ G: this.G, S: this.S }, blocks, this.folder);
  }

  async end(): Promise<number | NodeJS.Signals> {
    return this.process.end('SIGTERM');
  }
}

export async function pasteWith(env: Record<string, string>, blocks: readonly string[], folder?: string): Promise<Pasted> {
  const mark = '---- end of a block ----';
  const script = blocks.map((text) => `${text}\necho; echo '${mark}'\n`).join('');
  const shell = spawn('bash', ['--norc', '-eo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const said = { out: '', err: '' };
  shell.stdout.setEncoding('utf8').on('data', (part: string) => (said.out += part));
  shell.stderr.setEncoding('utf8').on('data', (part: string) => (said.err += part));
  const code = await new Promise<number | null>((done) => shell.once('close', done));
  return { code, outputs: said.out.split(mark).map((text) => text.trim()), errors: said.err };
}

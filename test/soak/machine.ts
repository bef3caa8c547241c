import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { afterThisTest } from '../support/cleanup.js';
import { TestProcess, freePort } from '../support/process.js';
import { until } from '../support/until.js';
import { queryAt } from './postgres.js';

const main = 'dist/apps/gateway/src/main.js';

/** One machine with the gateway as `npm start` runs it, on its embedded database: it can be cut off from its power. */
export class Machine {
  /** From each start to the first answer that it is ready. */
  readonly startMilliseconds: number[] = [];
  private gateway: TestProcess | undefined;
  private readonly sharedMemory = new Set<string>();

  private constructor(
    readonly folder: string,
    readonly url: string,
    private readonly env: Record<string, string>,
  ) {}

  static async build(env: Record<string, string> = {}): Promise<Machine> {
    const folder = mkdtempSync(join(tmpdir(), 'soak-machine-'));
    // Run by root, the embedded server runs under another account, which must be able to pass through.
    chmodSync(folder, 0o711);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const machine = new Machine(folder, url, { DATA_DIR: folder, SANDBOX: 'false', PORT: port, PUBLIC_URL: url, ...env });
    afterThisTest(async () => {
      await machine.cutPower();
      rmSync(folder, { recursive: true, force: true });
    });
    return machine;
  }

  turnOn(): void {
    this.gateway = TestProcess.start(main, { args: ['--local'], cwd: this.folder, env: this.env });
  }

  async start(): Promise<void> {
    const begun = performance.now();
    this.turnOn();
    const hasEnded = this.gateway?.exit().then((code) => `it ended: ${code}`);
    await until(
      () => Promise.race([hasEnded, this.readiness()]),
      (said) => {
        if (said?.startsWith('it ended')) throw new Error(`${said}\n${this.output}`);
        return said === 'ok';
      },
      60_000,
    );
    this.startMilliseconds.push(Math.round(performance.now() - begun));
  }

  /** Every process ends at once, and none can do anything more: the gateway, the server and its children. */
  async cutPower(): Promise<void> {
    const stopped = new Set<number>();
    const fresh = (): number[] => this.processes().filter((pid) => !stopped.has(pid));
    // Stopped first, since what runs may start another.
    for (let found = fresh(); found.length > 0; found = fresh())
      for (const pid of found) {
        signal(pid, 'SIGSTOP');
        stopped.add(pid);
      }
    this.rememberSharedMemory();
    for (const pid of stopped) signal(pid, 'SIGKILL');
    await until(
      () => [...stopped].filter(isAlive),
      (alive) => alive.length === 0,
    );
    await this.gateway?.exit();
  }

  /** In order; nothing of it is left but its data. */
  async turnOff(): Promise<void> {
    this.rememberSharedMemory();
    expect(await this.gateway?.end('SIGTERM')).toBe(0);
    expect(this.processes()).toEqual([]);
    expect(this.leftovers).toEqual([]);
  }

  get output(): string {
    return this.gateway?.output ?? '';
  }

  query<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]> {
    const cluster = join(this.serverFolder, 'cluster');
    const password = readFileSync(join(cluster, 'password'), 'utf8').trim();
    const [, , , port] = readFileSync(join(cluster, 'data', 'postmaster.pid'), 'utf8').split('\n');
    return queryAt<Row>(`postgres://gateway:${password}@127.0.0.1:${port}/gateway`, sql, values);
  }

  private get serverFolder(): string {
    return join(this.folder, 'postgres');
  }

  private async readiness(): Promise<string> {
    const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
    return ((await answer?.json()) as { status?: string } | undefined)?.status ?? 'silent';
  }

  /** Drafts, copies, pid files and shared memory. */
  private get leftovers(): string[] {
    const names = [
      ...readdirSync(this.folder),
      ...readdirSync(this.serverFolder),
      ...readdirSync(join(this.serverFolder, 'cluster')),
    ];
    const drafts = names.filter((name) => /^init|\.pid$|\.\d+$/.test(name));
    return [...drafts, ...[...this.sharedMemory].filter((path) => existsSync(path))];
  }

  /** Of the server. What initdb had goes with the machine's own memory, or stays until then. */
  private rememberSharedMemory(): void {
    const file = textOf(join(this.serverFolder, 'cluster', 'data', 'postmaster.pid'));
    const postmaster = Number(file.split('\n')[0]);
    if (!textOf(`/proc/${postmaster}/cmdline`).includes(this.folder)) return;
    for (const [path] of textOf(`/proc/${postmaster}/maps`).matchAll(/\/dev\/shm\/PostgreSQL\.\d+/g)) this.sharedMemory.add(path);
  }

  private processes(): number[] {
    const named = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && textOf(`/proc/${name}/cmdline`).includes(this.folder))
      .map(Number);
    const own = this.gateway && isAlive(this.gateway.pid) ? [this.gateway.pid] : [];
    return [...new Set([...own, ...named].flatMap((pid) => [pid, ...descendantsOf(pid)]))].filter(isAlive);
  }
}

const descendantsOf = (pid: number): number[] =>
  textOf(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter(Boolean)
    .flatMap((child) => [Number(child), ...descendantsOf(Number(child))]);

/** One that nobody has reaped does nothing any more. */
const isAlive = (pid: number): boolean => /\) [^ZX] /.test(textOf(`/proc/${pid}/stat`));

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

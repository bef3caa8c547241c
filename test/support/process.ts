import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { afterThisTest } from './cleanup.js';
import { until } from './until.js';

const root = resolve(import.meta.dirname, '../..');

export interface ProcessOptions {
  readonly args?: string[];
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly openFiles?: number;
  readonly heapMegabytes?: number;
}

/** A process of its own, as an operator runs it, from the build. Killed after the test if it still runs. */
export class TestProcess {
  output = '';
  private readonly ended: Promise<number | NodeJS.Signals>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (part: string) => (this.output += part));
    this.ended = new Promise((done) => child.once('close', (code, signal) => done(signal ?? code ?? 0)));
    afterThisTest(() => this.end('SIGKILL'));
  }

  /** Only what is given is in its environment: nothing of the machine's own settings. */
  static start(script: string, { args = [], env = {}, cwd = root, openFiles, heapMegabytes }: ProcessOptions = {}): TestProcess {
    const path = process.env.PATH ?? '';
    const heap = heapMegabytes === undefined ? [] : [`--max-old-space-size=${heapMegabytes}`];
    const words = [process.execPath, ...heap, join(root, script), ...args];
    const limited = openFiles === undefined ? words : ['/bin/sh', '-c', `ulimit -n ${openFiles}; exec "$0" "$@"`, ...words];
    return new TestProcess(
      spawn(limited[0] ?? '', limited.slice(1), {
        cwd,
        env: { PATH: path, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The first group of what the pattern finds in the output, once it does. */
  async says(pattern: RegExp, withinMilliseconds = 60_000): Promise<string> {
    const look = () =>
      pattern.exec(this.output)?.[1] ?? (this.child.exitCode === null && this.child.signalCode === null ? undefined : '');
    const found = await until(look, (seen) => seen !== undefined, withinMilliseconds).catch(() => '');
    if (!found) throw new Error(`It never said ${String(pattern)}:\n${this.output}`);
    return found;
  }

  async exit(): Promise<number | NodeJS.Signals> {
    return this.ended;
  }

  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended;
  }
}

/** A port that was free just now. */
export async function freePort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return String(port);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Home } from './home.js';
import { surroundings } from './run.js';
import type { ServerLog } from './server-log.js';

const ownSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

interface Program {
  readonly postgres: string;
  /** Undefined: any free port. */
  readonly port: number | undefined;
  readonly data: string;
  readonly settings: Record<string, string>;
  readonly home: Home;
  readonly log: ServerLog;
}

/** A server that this process started. It may outlive the process. */
export class Server {
  private failure: string | undefined;

  private constructor(private readonly child: ReturnType<typeof spawn>) {
    child.once('error', (error) => (this.failure = error.message));
    child.unref();
  }

  /** In a process group of its own, so that Ctrl-C reaches only the gateway, which then stops in order. */
  static async start(program: Program): Promise<Server> {
    const settings = Object.entries({ ...ownSettings, ...program.settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const words = ['-D', program.data, '-p', String(program.port ?? (await freePort())), ...settings];
    return program.log.open(
      (file) =>
        new Server(
          spawn(program.postgres, words, { ...surroundings(program.home), stdio: ['ignore', file, file], detached: true }),
        ),
    );
  }

  get hasEnded(): boolean {
    return this.failure !== undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get complaint(): string | undefined {
    return this.failure;
  }

  abort(): Promise<void> {
    return this.end('SIGQUIT');
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.child, 'exit');
    this.child.ref();
    this.child.kill(signal);
    await ended;
  }
}

/** Another program may take the port before the server does. The server then fails and is started again. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

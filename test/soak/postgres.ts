import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterThisTest } from '../support/cleanup.js';
import { freePort } from '../support/process.js';

/** The packages of the system: what the embedded ones do not bring is replication, dumps, and a server to be stopped at will. */
const binaries = ['/usr/lib/postgresql', '/usr/pgsql']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((version) => join(folder, version, 'bin')))
  .find((folder) => existsSync(join(folder, 'pg_basebackup')));

/** PostgreSQL refuses to be run by root. */
export const systemUser = process.getuid?.() === 0 ? idOf('postgres') : undefined;

function idOf(name: string): { uid: number; gid: number } | undefined {
  const [, , uid, gid] =
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([first]) => first === name) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** A folder in which the server's account may write, gone after the test. */
export function folderForServers(): string {
  const home = mkdtempSync(join(tmpdir(), 'soak-postgres-'));
  chmodSync(home, 0o755);
  if (systemUser) chownSync(home, systemUser.uid, systemUser.gid);
  afterThisTest(() => Promise.resolve(rmSync(home, { recursive: true, force: true })));
  return home;
}

/** A server of the test's own, which it may do anything to. */
export class Server {
  readonly url: string;

  constructor(
    readonly folder: string,
    readonly port: number,
    private readonly options = '',
  ) {
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  static async start({ folder = join(folderForServers(), 'data'), initdb = [] as string[], options = '' } = {}): Promise<Server> {
    const server = new Server(folder, Number(await freePort()), options);
    await server.run('initdb', '-D', folder, '-U', 'postgres', '-A', 'trust', '-N', ...initdb);
    await server.start();
    afterThisTest(() => server.kill());
    return server;
  }

  async run(program: string, ...args: string[]): Promise<void> {
    if (!binaries) throw new Error('There is no pg_basebackup: install PostgreSQL from the packages of the system');
    await promisify(execFile)(join(binaries, program), args, { cwd: '/', ...systemUser });
  }

  async start(): Promise<void> {
    const options = `-p ${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 ${this.options}`;
    await this.run('pg_ctl', '-D', this.folder, '-w', '-l', `${this.folder}.log`, '-o', options, 'start');
  }

  async stop(): Promise<void> {
    await this.run('pg_ctl', '-D', this.folder, '-m', 'fast', '-w', 'stop');
  }

  /** As a machine that is switched off. */
  async kill(): Promise<void> {
    if (this.isRunning) await this.run('pg_ctl', '-D', this.folder, '-m', 'immediate', '-w', 'stop');
  }

  get isRunning(): boolean {
    return existsSync(join(this.folder, 'postmaster.pid'));
  }

  async answers(): Promise<boolean> {
    return this.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  get log(): string {
    return readFileSync(`${this.folder}.log`, 'utf8');
  }

  /** No process of it does anything any more; connections stay, and new ones are made by the kernel alone. */
  freeze(): void {
    for (const pid of this.processes) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.processes.reverse()) process.kill(pid, 'SIGCONT');
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    return queryAt<Row>(this.url, sql, values);
  }

  /** The postmaster first, then its children. */
  private get processes(): number[] {
    const postmaster = Number(readFileSync(join(this.folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').split(' ').filter(Boolean);
    return [postmaster, ...children.map(Number)];
  }
}

export async function queryAt<Row extends pg.QueryResultRow>(url: string, sql: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

import { join } from 'node:path';
import { afterThisTest } from '../support/cleanup.js';
import { freePort } from '../support/process.js';
import { until } from '../support/until.js';
import { Server, folderForServers } from './postgres.js';

/** A primary and a standby that follows it asynchronously, and takes its place. */
export class Pair {
  private constructor(
    private readonly home: string,
    public primary: Server,
    public standby: Server,
  ) {}

  static async start(): Promise<Pair> {
    const home = folderForServers();
    const primary = await Server.start({ folder: join(home, 'first'), options: '-c wal_level=replica' });
    const pair = new Pair(home, primary, primary);
    afterThisTest(() => Promise.all([pair.primary, pair.standby].map((server) => server.kill())));
    await pair.follow('standby-0');
    return pair;
  }

  /** Another standby, as somebody sets up after each failover. */
  async follow(name: string): Promise<void> {
    this.standby = new Server(join(this.home, name), Number(await freePort()));
    await this.standby.run(
      'pg_basebackup',
      '-D',
      this.standby.folder,
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
      '-d',
      this.primary.url,
    );
    await this.standby.start();
    await until(
      () => this.primary.query('SELECT 1 FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()'),
      (rows) => rows.length === 1,
      30_000,
    );
  }

  /** From now on the standby hears of nothing any more. */
  async part(): Promise<void> {
    await this.standby.query("ALTER SYSTEM SET primary_conninfo = ''");
    await this.standby.query('SELECT pg_reload_conf()');
    await until(
      () => this.standby.query('SELECT 1 FROM pg_stat_wal_receiver'),
      (rows) => rows.length === 0,
      30_000,
    );
  }

  async promote(): Promise<void> {
    await this.primary.kill();
    this.primary = this.standby;
    await this.primary.query('SELECT pg_promote()');
  }
}

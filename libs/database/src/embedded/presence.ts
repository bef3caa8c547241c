import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

export interface Address {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** @types/pg leaves it out. */
type UnrefClient = pg.Client & { ref(): void; unref(): void };

const doorKey = 0x77_65_63_68; // any number that nobody else locks in the database "postgres"
const leaving = 'wechat-gateway leaving';
const looksMax = 10;
const lookAgainMilliseconds = 30;

/**
 * One connection that a gateway holds as long as it uses the server, so that the last process to leave knows that it is the
 * last. Entering and leaving take the same lock: nobody can enter between the last process's check and the end of the server.
 */
export class Presence {
  isLost = false;

  private constructor(private readonly client: UnrefClient) {}

  /** Fails while the server is starting, recovering or stopping. */
  static async enter({ port, user, password }: Address, database: string): Promise<Presence> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user,
      password,
      database: 'postgres',
      ssl: false,
      application_name: 'wechat-gateway presence',
      connectionTimeoutMillis: 2_000,
      lock_timeout: 10_000,
    }) as UnrefClient;
    const presence = new Presence(client);
    client.on('error', () => (presence.isLost = true));
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock($1)', [doorKey]);
      await presence.ensureDatabase(database);
      await client.query('SELECT pg_advisory_unlock($1)', [doorKey]);
      client.unref(); // a process that has nothing else to do may end
      return presence;
    } catch (error) {
      await presence.end();
      throw error;
    }
  }

  /**
   * Leaves, and first calls `shutDown` if no other process is there. The server forgets a closed connection a moment after its
   * lock is free, so a process that leaves marks itself first and is not counted.
   */
  async leave(shutDown: () => Promise<void>): Promise<boolean> {
    this.client.ref();
    try {
      await this.client.query('SELECT pg_advisory_lock($1)', [doorKey]);
      await this.client.query(`SET application_name = '${leaving}'`);
      const isLast = await this.isAlone();
      if (isLast) await shutDown();
      return isLast;
    } catch (error) {
      if (this.isLost) return false; // there is nothing left to leave
      throw error;
    } finally {
      await this.end();
    }
  }

  /** Looks several times: the server still lists connections that were just closed, such as those of a pool. */
  private async isAlone(): Promise<boolean> {
    for (let look = 0; look < looksMax; look++) {
      const { rows } = await this.client.query<{ others: number }>(
        `SELECT count(*)::int AS others FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> $1`,
        [leaving],
      );
      if (rows[0]?.others === 0) return true;
      await pause(lookAgainMilliseconds);
    }
    return false;
  }

  async end(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  private async ensureDatabase(name: string): Promise<void> {
    const { rowCount } = await this.client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (!rowCount) await this.client.query(`CREATE DATABASE ${this.client.escapeIdentifier(name)}`);
  }
}

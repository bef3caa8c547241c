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
 * One connection that a gateway holds for as long as it uses the server, so that the last one out can tell that it is. Coming
 * and leaving take turns at one lock: nobody comes in between the last one's look round and the light going out.
 */
export class Presence {
  isLost = false;

  private constructor(private readonly client: UnrefClient) {}

  /** Fails while the server is starting, recovering or going down. */
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
   * Leaves, calling `shutDown` first if nobody else is there. Closing a connection gives up its lock a moment before the
   * server forgets it, so whoever leaves says so first, and is not counted.
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

  /** Looked at for a moment: connections that were closed just now, a pool's for one, are still on the server's list. */
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

import { setTimeout as pause } from 'node:timers/promises';
import { type Binaries, findBinaries, majorOf } from './binaries.js';
import { clusterVersion, dataIn, ensureCluster, passwordOf, superuser } from './cluster.js';
import { findHome, type Home } from './home.js';
import { forget, isRunning, type Postmaster, readPostmaster } from './postmaster.js';
import { Presence } from './presence.js';
import { complaintOf } from './run.js';
import { ServerLog } from './server-log.js';
import { Server } from './server.js';
import { ClusterOfAnotherVersion, EmbeddedPostgresUnavailable } from './unavailable.js';

export interface EmbeddedPostgres {
  readonly url: string;
  /** Where the cluster, its password and the server's log are. */
  readonly folder: string;
  /** Call it after the pools are closed. Stops the server unless another process is connected; true if it was stopped. */
  stop(): Promise<boolean>;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly database?: string;
  /** For a server that is started here. A server that runs already keeps its own settings. */
  readonly settings?: Record<string, string>;
  readonly startMilliseconds?: number;
  readonly warn?: (message: string) => void;
}

/** Starts a private PostgreSQL on `dataDir`, or joins the one that runs there. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await new EmbeddedPostgresStart(options).run();
  } catch (error) {
    throw EmbeddedPostgresUnavailable.because(error);
  }
}

const pollMilliseconds = 10;
const watchMilliseconds = 500;
const startFailuresMax = 5;

class EmbeddedPostgresStart {
  private readonly home: Home;
  private readonly log: ServerLog;
  private readonly data: string;
  private readonly database: string;
  private found: Promise<Binaries> | undefined;
  private lastRefusal = '';

  constructor(private readonly options: EmbeddedPostgresOptions) {
    this.home = findHome(options.dataDir, options.warn ?? (() => undefined));
    this.log = new ServerLog(this.home);
    this.data = dataIn(this.home);
    this.database = options.database ?? 'gateway';
  }

  async run(): Promise<EmbeddedPostgres> {
    await ensureCluster(this.home, () => this.binaries());
    this.log.keepShort();
    const { presence, port } = await this.joinOrStart();
    const logKeeper = setInterval(() => this.log.keepShort(), 60_000).unref();
    const watch = this.watch(presence, port);
    let stopped: Promise<boolean> | undefined;
    return {
      url: `postgres://${superuser}:${passwordOf(this.home)}@127.0.0.1:${port}/${encodeURIComponent(this.database)}`,
      folder: this.home.folder,
      stop: () => {
        clearInterval(logKeeper);
        return (stopped ??= watch.end().then((present) => this.leave(present)));
      },
    };
  }

  /** If the server is killed, a process that started or joined it and sees this first starts it again at the same address. */
  private watch(presence: Presence, port: number): { end(): Promise<Presence> } {
    const warn = this.options.warn ?? (() => undefined);
    let present = presence;
    let returning: Promise<void> | undefined;
    const comeBack = async (): Promise<void> => {
      warn(`The connection to the embedded PostgreSQL in ${this.home.folder} broke; it is joined or started again`);
      try {
        ({ presence: present } = await this.joinOrStart(port));
      } catch (error) {
        warn(`${(error as Error).message}; it is tried again`);
      }
    };
    const look = setInterval(() => {
      if (present.isLost) returning ??= comeBack().finally(() => (returning = undefined));
    }, watchMilliseconds).unref();
    return {
      end: async () => {
        clearInterval(look);
        await returning;
        return present;
      },
    };
  }

  /** Repeats until a server accepts us: our own, or that of another process that was faster. */
  private async joinOrStart(at?: number): Promise<{ presence: Presence; port: number }> {
    const deadline = performance.now() + (this.options.startMilliseconds ?? 60_000);
    let server: Server | undefined;
    for (let failures = 0; performance.now() < deadline; await pause(pollMilliseconds)) {
      const postmaster = this.running();
      if (postmaster?.port) {
        const presence = await this.tryToEnter(postmaster.port);
        if (presence) return { presence, port: postmaster.port };
      }
      if (postmaster || (server && !server.hasEnded)) continue;
      if (server && ++failures === startFailuresMax) throw this.refusal('does not start', server);
      server = await this.start(at);
    }
    await server?.abort();
    throw this.refusal('did not start in time', server);
  }

  private running(): Postmaster | undefined {
    const postmaster = readPostmaster(this.data);
    return postmaster && isRunning(postmaster, this.data) ? postmaster : undefined;
  }

  private async tryToEnter(port: number): Promise<Presence | undefined> {
    try {
      return await Presence.enter({ port, user: superuser, password: passwordOf(this.home) }, this.database);
    } catch (error) {
      this.lastRefusal = (error as Error).message;
      return undefined;
    }
  }

  /** After a crash the server restarts by itself, but our connection does not. */
  private async leave(presence: Presence): Promise<boolean> {
    const port = this.running()?.port;
    const present = presence.isLost && port ? await this.tryToEnter(port) : presence;
    return (await present?.leave(() => this.shutDown())) ?? false;
  }

  private async start(port: number | undefined): Promise<Server> {
    const binaries = await this.binaries();
    const [made, ours] = [clusterVersion(this.home), await majorOf(binaries, this.home)];
    if (made !== ours) throw new ClusterOfAnotherVersion(this.home.folder, made, ours);
    const { postgres } = binaries;
    const stale = readPostmaster(this.data);
    if (stale && !isRunning(stale, this.data)) forget(stale, this.data);
    const settings = this.options.settings ?? {};
    return Server.start({ postgres, port, data: this.data, settings, home: this.home, log: this.log });
  }

  private async shutDown(): Promise<void> {
    const postmaster = this.running();
    if (!postmaster) return;
    // A "fast" shutdown closes all connections. Windows has no such signal: there Node can only kill.
    if (process.platform !== 'win32') process.kill(postmaster.pid, 'SIGINT');
    else await complaintOf((await this.binaries()).pgCtl, ['kill', 'INT', String(postmaster.pid)], this.home);
    while (isRunning(postmaster, this.data)) await pause(pollMilliseconds);
  }

  /** The programs are needed only to start a server; joining one needs none. */
  private binaries(): Promise<Binaries> {
    return (this.found ??= findBinaries(this.home));
  }

  private refusal(what: string, server: Server | undefined): EmbeddedPostgresUnavailable {
    const reasons = [server?.complaint, this.lastRefusal, this.log.lastWords()].filter(Boolean);
    return new EmbeddedPostgresUnavailable(`The embedded PostgreSQL in ${this.home.folder} ${what}: ${reasons.join('\n')}`);
  }
}

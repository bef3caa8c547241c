/** We cannot run a server here. The message says why and what to do instead. */
export class EmbeddedPostgresUnavailable extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`${what.trim().replace(/\.$/, '')}. Set DATABASE_URL to a PostgreSQL server (15 or newer).`, options);
    this.name = 'EmbeddedPostgresUnavailable';
  }

  static because(error: unknown): EmbeddedPostgresUnavailable {
    if (error instanceof EmbeddedPostgresUnavailable) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new EmbeddedPostgresUnavailable(`The embedded PostgreSQL cannot start: ${reason}`, { cause: error });
  }
}

/** A server cannot read the data of another major version. */
export class ClusterOfAnotherVersion extends EmbeddedPostgresUnavailable {
  constructor(folder: string, made: string, ours: string) {
    super(
      `The database in ${folder} was made by PostgreSQL ${made}, and this release brings ${ours}. ` +
        'Run "npm run database:upgrade" with the same settings: it moves the data, and keeps the former folder. Or put the former release back',
    );
  }
}

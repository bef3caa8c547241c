/** No server of our own can be had here. The message says why, and what to do instead. */
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

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEpoch1767225600150 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE epoch (
        single     boolean     PRIMARY KEY DEFAULT true CHECK (single),
        value      text        NOT NULL,                -- random, but for the first one
        number     integer     NOT NULL,                -- raised with each; fences of one begin above those of the one before
        made_under text,                                -- the identity of the database then; null until somebody serves it
        since      timestamptz NOT NULL DEFAULT now(),
        pulse      bigint      NOT NULL DEFAULT 0,      -- raised each second: whoever reads a lower one has gone back in time
        pulsed_at  timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 10)
    `);
    await db.query(`INSERT INTO epoch (value, number) VALUES ('first', 1)`);
    // The cluster, its timeline (another one after each promotion or recovery to a point in time), and the database in it.
    // Nothing on a standby, which has no time of its own.
    await db.query(`
      CREATE FUNCTION database_identity() RETURNS text LANGUAGE plpgsql STABLE AS $$
      DECLARE cluster text := '';
      BEGIN
        IF pg_is_in_recovery() THEN RETURN NULL; END IF;
        IF has_function_privilege('pg_control_system()', 'execute') THEN
          SELECT system_identifier INTO cluster FROM pg_control_system();
        END IF;
        RETURN cluster || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' ||
               (SELECT oid FROM pg_database WHERE datname = current_database());
      END $$
    `);
    // Nothing where the database is no longer the one that the epoch was made under, until somebody begins another.
    await db.query(`
      CREATE FUNCTION current_epoch() RETURNS text LANGUAGE sql STABLE AS $$
        SELECT value FROM epoch, database_identity() AS ours WHERE ours IS NOT NULL AND coalesce(made_under, ours) = ours
      $$
    `);
    await db.query(`
      CREATE FUNCTION next_fence(fence bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT greatest(fence + 1, (number - 1)::bigint << 32) FROM epoch
      $$
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP FUNCTION next_fence');
    await db.query('DROP FUNCTION current_epoch');
    await db.query('DROP FUNCTION database_identity');
    await db.query('DROP TABLE epoch');
  }
}

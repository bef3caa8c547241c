import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateApiKey1767225600003 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE api_key (
        id          text        PRIMARY KEY,
        name        text        NOT NULL,
        secret_hash text        NOT NULL,           -- keyed with the vault, so a dump alone cannot be searched
        appids      text[]      NOT NULL,           -- {*} means every app
        scopes      text[]      NOT NULL,
        rate_limit  integer     CHECK (rate_limit > 0), -- requests a minute on each replica
        expires_at  timestamptz,
        created_at  timestamptz NOT NULL DEFAULT now()
      )
    `);
    await db.query(`
      CREATE TRIGGER api_key_noted AFTER INSERT OR UPDATE OR DELETE ON api_key
      FOR EACH ROW EXECUTE FUNCTION note_change('id')
    `);
    // Apart from the key, since it is written all the time and tells nobody to look again.
    await db.query(`
      CREATE TABLE api_key_use (
        id           text        PRIMARY KEY REFERENCES api_key ON DELETE CASCADE,
        last_used_at timestamptz NOT NULL
      )
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE api_key_use');
    await db.query('DROP TABLE api_key');
  }
}

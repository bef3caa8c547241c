import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RationDeaths1767225600090 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE credential
        ADD deaths       integer NOT NULL DEFAULT 0,  -- in a row, each within ten minutes after the one before
        ADD died_at      timestamptz,
        ADD forced_count integer NOT NULL DEFAULT 0   -- on the day, in China, of forced_at
    `);
    // The last reports, by one key, of a token that lives: at most five, and from the fifth on it is not listened to.
    await db.query(`
      CREATE TABLE needless_report (
        appid       text          NOT NULL REFERENCES app ON DELETE CASCADE,
        key_id      text          NOT NULL,
        reported_at timestamptz[] NOT NULL,
        PRIMARY KEY (appid, key_id)
      )
    `);
    // A person did something about the app, so nothing that was held against it counts any more. What was retired stays
    // so. The 30 seconds between forced fetches stay as well: until then WeChat would give the same one again.
    await db.query(`
      CREATE FUNCTION begin_anew(of_app text) RETURNS void LANGUAGE sql AS $$
        UPDATE credential
           SET deaths = 0, forced_count = 0, attention_at = NULL,
               renew_at = CASE WHEN attention_at IS NOT NULL OR sealed_value IS NULL THEN now() ELSE renew_at END
         WHERE appid = of_app AND renew_at < now() + interval '1 year'
           AND (attention_at IS NOT NULL OR sealed_value IS NULL OR deaths > 0 OR forced_count > 0);
        DELETE FROM needless_report WHERE appid = of_app;
      $$
    `);
    await db.query(`
      CREATE OR REPLACE FUNCTION revise_app() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.revision := OLD.revision + 1;
        PERFORM begin_anew(NEW.appid);
        UPDATE credential SET renew_at = now()
         WHERE appid = NEW.appid AND kind = 'access_token' AND NEW.token_mode <> OLD.token_mode;
        RETURN NEW;
      END $$
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE OR REPLACE FUNCTION revise_app() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.revision := OLD.revision + 1;
        UPDATE credential SET renew_at = now(), attention_at = NULL
         WHERE appid = NEW.appid
           AND (attention_at IS NOT NULL OR (kind = 'access_token' AND NEW.token_mode <> OLD.token_mode));
        RETURN NEW;
      END $$
    `);
    await db.query('DROP FUNCTION begin_anew');
    await db.query('DROP TABLE needless_report');
    await db.query('ALTER TABLE credential DROP deaths, DROP died_at, DROP forced_count');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCredential1767225600007 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE credential (
        appid        text        NOT NULL REFERENCES app ON DELETE CASCADE,
        kind         text        NOT NULL,
        sealed_value text,                                  -- none yet, or the last one is known to be dead
        obtained_at  timestamptz,
        expires_at   timestamptz,
        renew_at     timestamptz NOT NULL DEFAULT now(),    -- due from then on; after a failure, when to try again
        leased_until timestamptz,                           -- a gateway is asking WeChat until then
        fence        bigint      NOT NULL DEFAULT 0,        -- counts claims: who holds an older one may not save
        failures     integer     NOT NULL DEFAULT 0,        -- since the last success
        last_failure jsonb,
        failed_at    timestamptz,
        attention_at timestamptz,                           -- WeChat gave a verdict that only a person can cure
        proven_at    timestamptz,                           -- reported dead, and WeChat was seen to take it
        forced_at    timestamptz,
        early_deaths integer     NOT NULL DEFAULT 0,        -- died before its time without our doing
        died_early_at timestamptz,
        doubts       integer     NOT NULL DEFAULT 0,        -- reports that cost a call to WeChat, in the hour that began
        doubts_since timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (appid, kind)
      )
    `);
    await db.query('CREATE INDEX credential_due ON credential (renew_at)');
    await db.query(`
      CREATE TRIGGER credential_made_or_gone AFTER INSERT OR DELETE ON credential
      FOR EACH ROW EXECUTE FUNCTION note_change('appid')
    `);
    // A lease taken or given back is nobody's business; a new value, or the loss of one, is everybody's.
    await db.query(`
      CREATE TRIGGER credential_renewed AFTER UPDATE ON credential
      FOR EACH ROW WHEN (OLD.sealed_value IS DISTINCT FROM NEW.sealed_value OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
      EXECUTE FUNCTION note_change('appid')
    `);
    // The next moment at which a renewal may go out, one row a host: every replica takes its turns here.
    await db.query(`
      CREATE TABLE upstream_pace (
        host      text        PRIMARY KEY,
        next_turn timestamptz NOT NULL
      )
    `);
    await db.query(`
      CREATE TABLE token_read (
        appid   text        NOT NULL,
        minute  timestamptz NOT NULL,
        key_id  text        NOT NULL,
        address text        NOT NULL,
        reads   bigint      NOT NULL,
        PRIMARY KEY (appid, minute, key_id, address)
      )
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE token_read');
    await db.query('DROP TABLE upstream_pace');
    await db.query('DROP TABLE credential');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateApp1767225600004 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // jsonb holds a secret as {sealed, fingerprint, changed_at}: three facts that only make sense together.
    await db.query(`
      CREATE TABLE app (
        appid                     text        PRIMARY KEY,
        kind                      text        NOT NULL
          CHECK (kind IN ('official_account', 'mini_program', 'website', 'third_party_platform', 'authorizer')),
        name                      text        NOT NULL,
        original_id               text        UNIQUE,
        token_mode                text        NOT NULL CHECK (token_mode IN ('stable', 'classic')),
        enabled                   boolean     NOT NULL,
        secret                    jsonb,
        callback_mode             text        CHECK (callback_mode IN ('plain', 'compatible', 'safe')),
        callback_token            jsonb,
        callback_encoding_aes_key jsonb,
        created_at                timestamptz NOT NULL DEFAULT now(),
        updated_at                timestamptz NOT NULL DEFAULT now(),
        CHECK ((callback_mode IS NULL) = (callback_token IS NULL)),
        CHECK (callback_mode IS NULL OR callback_mode = 'plain' OR callback_encoding_aes_key IS NOT NULL),
        CHECK (secret IS NOT NULL OR kind = 'authorizer')
      )
    `);
    await db.query(`
      CREATE TRIGGER app_noted AFTER INSERT OR UPDATE OR DELETE ON app
      FOR EACH ROW EXECUTE FUNCTION note_change('appid')
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE app');
  }
}

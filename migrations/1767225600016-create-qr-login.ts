import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateQrLogin1767225600016 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE qr_login (
        appid        text        NOT NULL REFERENCES app ON DELETE CASCADE,
        id           text        NOT NULL,
        key_id       text        NOT NULL,                 -- the key that began it: the only one that may redeem it
        binding_hash text        NOT NULL,                 -- of the browser session that asked
        scene        text        NOT NULL,                 -- what the code says; never shown to a browser
        qr_content   text        NOT NULL,
        confirm      text        NOT NULL CHECK (confirm IN ('page', 'none')),
        context      jsonb       NOT NULL,                 -- what the person is shown before they agree
        status       text        NOT NULL DEFAULT 'pending'
                     CHECK (status IN ('pending', 'scanned', 'confirmed', 'redeemed', 'denied', 'cancelled')),
        openid       text,
        refusals     integer     NOT NULL DEFAULT 0,       -- attempts to redeem it by others, or for another browser
        created_at   timestamptz NOT NULL DEFAULT now(),
        expires_at   timestamptz NOT NULL,
        scanned_at   timestamptz,
        code_until   timestamptz,                          -- the login code is good until then
        PRIMARY KEY (appid, id),
        CHECK (status IN ('pending', 'cancelled') OR openid IS NOT NULL)
      )
    `);
    await db.query('CREATE UNIQUE INDEX qr_login_id ON qr_login (id)');
    await db.query('CREATE UNIQUE INDEX qr_login_scene ON qr_login (appid, scene)');
    await db.query('CREATE INDEX qr_login_rate ON qr_login (key_id, created_at)');
    await db.query('CREATE INDEX qr_login_age ON qr_login (created_at)');
    await db.query(`
      CREATE TRIGGER qr_login_changed AFTER UPDATE ON qr_login
      FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_change('id')
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE qr_login');
  }
}

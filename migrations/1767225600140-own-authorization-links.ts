import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OwnAuthorizationLinks1767225600140 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // The browser that opens the page of a link owns it, as the browser that opens a login page does.
    await db.query(`
      ALTER TABLE browser_attempt
        DROP CONSTRAINT browser_attempt_kind_check,
        ADD CONSTRAINT browser_attempt_kind_check CHECK (kind IN ('login_page', 'popup', 'platform_link'))
    `);
    // What all others bring back: nothing of it is taken from what the owner may bring.
    await db.query('ALTER TABLE authorization_link ADD strangers_codes integer NOT NULL DEFAULT 0');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE authorization_link DROP strangers_codes');
    await db.query(`DELETE FROM browser_attempt WHERE kind = 'platform_link'`);
    await db.query(`
      ALTER TABLE browser_attempt
        DROP CONSTRAINT browser_attempt_kind_check,
        ADD CONSTRAINT browser_attempt_kind_check CHECK (kind IN ('login_page', 'popup'))
    `);
  }
}

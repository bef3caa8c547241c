import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddQrLoginAttempt1767225600081 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Of a login page: the attempt of the browser that shows it, and which of its codes this one is.
    await db.query('ALTER TABLE qr_login ADD COLUMN attempt_id text, ADD COLUMN round integer');
    await db.query('CREATE UNIQUE INDEX qr_login_attempt ON qr_login (appid, attempt_id, round) WHERE attempt_id IS NOT NULL');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE qr_login DROP COLUMN attempt_id, DROP COLUMN round');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddFormerCallback1767225600011 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // The token and key before the last change, sealed, with the moment until which WeChat may still use them.
    await db.query('ALTER TABLE app ADD COLUMN callback_former jsonb');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE app DROP COLUMN callback_former');
  }
}

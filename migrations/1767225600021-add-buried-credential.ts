import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddBuriedCredential1767225600021 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // The last value that proved dead, as a keyed fingerprint: WeChat may well give the same one again.
    await db.query('ALTER TABLE credential ADD buried text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE credential DROP buried');
  }
}

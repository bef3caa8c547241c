import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddApiKeyOrigins1767225600014 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query("ALTER TABLE api_key ADD COLUMN origins text[] NOT NULL DEFAULT '{}'");
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE api_key DROP COLUMN origins');
  }
}

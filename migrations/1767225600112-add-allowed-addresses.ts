import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddAllowedAddresses1767225600112 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // In steps: before 18, PostgreSQL adds no column with a default to a table whose rows a function takes.
    await db.query('ALTER TABLE api_key ADD COLUMN allowed_addresses text[]');
    await db.query("ALTER TABLE api_key ALTER COLUMN allowed_addresses SET DEFAULT '{}'");
    await db.query("UPDATE api_key SET allowed_addresses = '{}'");
    await db.query('ALTER TABLE api_key ALTER COLUMN allowed_addresses SET NOT NULL');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE api_key DROP COLUMN allowed_addresses');
  }
}

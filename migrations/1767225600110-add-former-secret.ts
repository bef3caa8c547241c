import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddFormerSecret1767225600110 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // The newest secret stays where the release before looks for it.
    await db.query(`
      ALTER TABLE api_key
        ADD COLUMN former_secret_hash  text,
        ADD COLUMN former_secret_until timestamptz,       -- the former one is good until then
        ADD CHECK ((former_secret_hash IS NULL) = (former_secret_until IS NULL))
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE api_key DROP COLUMN former_secret_hash, DROP COLUMN former_secret_until');
  }
}

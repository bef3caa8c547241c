import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SealWebhookAddresses1767225600141 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Null: the gateway has not sealed it yet. The clear one stays for the release before, which reads nothing else.
    await db.query('ALTER TABLE webhook ADD COLUMN sealed_url text');
    // The release before writes the clear one alone: what is sealed is then the address of before, and must not be used.
    await db.query(`
      CREATE FUNCTION unseal_address() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.sealed_url = NULL;
        RETURN NEW;
      END $$
    `);
    await db.query(`
      CREATE TRIGGER webhook_moved BEFORE UPDATE ON webhook FOR EACH ROW
      WHEN (NEW.url IS DISTINCT FROM OLD.url AND NEW.sealed_url IS NOT DISTINCT FROM OLD.sealed_url)
      EXECUTE FUNCTION unseal_address()
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER webhook_moved ON webhook');
    await db.query('DROP FUNCTION unseal_address');
    await db.query('ALTER TABLE webhook DROP COLUMN sealed_url');
  }
}

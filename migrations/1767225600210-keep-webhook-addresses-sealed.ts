import type { MigrationInterface, QueryRunner } from 'typeorm';
import { type Meanings, keepMeanings } from './meanings.js';

const meanings: Meanings = {
  'TABLE webhook': [
    'A service that asked to be told of events. Its secrets are sealed.',
    {
      url: 'The address without its query: what people are shown.',
      sealed_url: 'The whole address, with its query. Null: release 0.1.0 wrote the address, and it is sealed within seconds.',
    },
  ],
};

/** Release 0.1.0 wrote the clear address alone, and the trigger told. From here on the query is removed from it, which is no move. */
export class KeepWebhookAddressesSealed1767225600210 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER webhook_moved ON webhook');
    await db.query('DROP FUNCTION unseal_address');
    await keepMeanings(db, meanings);
  }

  async down(db: QueryRunner): Promise<void> {
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
}

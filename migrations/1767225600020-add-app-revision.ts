import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddAppRevision1767225600020 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // A number and not the time of the change: a process reads times rounded, and two of them may then seem equal.
    await db.query('ALTER TABLE app ADD revision integer NOT NULL DEFAULT 1');
    // In the change itself, so that no writer forgets it and no replica need hear of it: what waits for a person is due.
    await db.query(`
      CREATE FUNCTION revise_app() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.revision := OLD.revision + 1;
        UPDATE credential SET renew_at = now(), attention_at = NULL WHERE appid = NEW.appid AND attention_at IS NOT NULL;
        RETURN NEW;
      END $$
    `);
    await db.query('CREATE TRIGGER app_revised BEFORE UPDATE ON app FOR EACH ROW EXECUTE FUNCTION revise_app()');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER app_revised ON app');
    await db.query('DROP FUNCTION revise_app');
    await db.query('ALTER TABLE app DROP revision');
  }
}

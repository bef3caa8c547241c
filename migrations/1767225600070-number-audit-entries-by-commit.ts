import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whoever reads the audit log on from an entry must have seen all before it: each takes its number under a lock that is
 * held until the commit, so none appears later below another. In the schema, so that no writer can forget it.
 */
export class NumberAuditEntriesByCommit1767225600070 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION number_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(4207, 2);
        NEW.id := nextval(pg_get_serial_sequence('audit_entry', 'id'));
        RETURN NEW;
      END $$
    `);
    await db.query(`
      CREATE TRIGGER audit_entry_number BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION number_audit_entry()
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER audit_entry_number ON audit_entry');
    await db.query('DROP FUNCTION number_audit_entry');
  }
}

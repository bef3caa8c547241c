import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateChange1767225600000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // What changed lately, for replicas that keep rows in memory. A table joins by a trigger:
    // CREATE TRIGGER … AFTER INSERT OR UPDATE OR DELETE ON app FOR EACH ROW EXECUTE FUNCTION note_change('appid')
    await db.query(`
      CREATE TABLE change (
        id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic       text        NOT NULL,   -- the table
        key         text        NOT NULL,   -- the value of the column that the trigger names
        at          timestamptz NOT NULL DEFAULT now(),
        transaction xid8        NOT NULL DEFAULT pg_current_xact_id()
      )
    `);
    await db.query('CREATE INDEX change_transaction ON change (transaction)');
    await db.query(`
      CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO change (topic, key)
        VALUES (TG_TABLE_NAME, to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[0]);
        RETURN NULL;
      END $$
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP FUNCTION note_change');
    await db.query('DROP TABLE change');
  }
}

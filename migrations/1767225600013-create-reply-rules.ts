import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateReplyRules1767225600013 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // What an app says by itself: rules, the first that fits, and texts of the gateway in the operator's own words.
    await db.query(`
      CREATE TABLE app_voice (
        appid text  PRIMARY KEY REFERENCES app ON DELETE CASCADE,
        rules jsonb NOT NULL DEFAULT '[]',
        texts jsonb NOT NULL DEFAULT '{}'
      )
    `);
    await db.query(`
      CREATE TRIGGER app_voice_changed AFTER INSERT OR UPDATE OR DELETE ON app_voice
      FOR EACH ROW EXECUTE FUNCTION note_change('appid')
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE app_voice');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDataKey1767225600001 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE data_key (
        owner         text        NOT NULL,  -- an appid, or what belongs to none
        id            text        NOT NULL,
        current       boolean     NOT NULL DEFAULT true,
        master_key_id text        NOT NULL,
        wrapped_key   text        NOT NULL,  -- sealed by that master key
        created_at    timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (owner, id)
      )
    `);
    await db.query('CREATE UNIQUE INDEX data_key_current ON data_key (owner) WHERE current');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE data_key');
  }
}

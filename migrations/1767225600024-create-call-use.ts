import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCallUse1767225600024 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE call_use (
        appid    text   NOT NULL REFERENCES app ON DELETE CASCADE,
        day      date   NOT NULL,                                -- of China, as WeChat counts
        api      text   NOT NULL,
        caller   text   NOT NULL,
        calls    bigint NOT NULL,
        failures bigint NOT NULL,
        PRIMARY KEY (appid, day, api, caller)
      )
    `);
    await db.query('CREATE INDEX call_use_age ON call_use (day)');
    await db.query(`
      CREATE TABLE quota_clearing (
        appid      text        NOT NULL REFERENCES app ON DELETE CASCADE,
        cleared_at timestamptz NOT NULL DEFAULT now(),
        cleared_by text        NOT NULL,
        PRIMARY KEY (appid, cleared_at)
      )
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE quota_clearing');
    await db.query('DROP TABLE call_use');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOlderCall1767225600010 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Who uses the older addresses, in sums: what an operator wants to know before switching them off.
    await db.query(`
      CREATE TABLE older_call (
        appid   text        NOT NULL,
        hour    timestamptz NOT NULL,
        source  text        NOT NULL,   -- what the caller says of itself
        caller  text        NOT NULL,   -- the id of its key, or "anybody"
        address text        NOT NULL,
        code    integer     NOT NULL,   -- what the envelope answered
        calls   bigint      NOT NULL,
        PRIMARY KEY (appid, hour, source, caller, address, code)
      )
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE older_call');
  }
}

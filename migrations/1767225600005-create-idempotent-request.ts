import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateIdempotentRequest1767225600005 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE idempotent_request (
        caller       text        NOT NULL,
        route        text        NOT NULL,  -- method and path
        key          text        NOT NULL,  -- what the caller sent as Idempotency-Key
        body_hash    text        NOT NULL,
        attempt      text        NOT NULL,  -- which request holds the row: the one that may write the answer
        held_until   timestamptz NOT NULL,  -- a request without an answer is thought dead after this
        sealed_answer text,                 -- null while there is none
        created_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (caller, route, key)
      )
    `);
    await db.query('CREATE INDEX idempotent_request_age ON idempotent_request (created_at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE idempotent_request');
  }
}

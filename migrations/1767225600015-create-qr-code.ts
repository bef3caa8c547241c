import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateQrCode1767225600015 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // What a ticket leads to, so that we can draw the code ourselves. Codes of logins are not here: theirs are secret.
    await db.query(`
      CREATE TABLE qr_code (
        appid      text        NOT NULL REFERENCES app ON DELETE CASCADE,
        ticket     text        NOT NULL,
        url        text        NOT NULL,
        expires_at timestamptz,                       -- null: never
        PRIMARY KEY (appid, ticket)
      )
    `);
    await db.query('CREATE INDEX qr_code_end ON qr_code (expires_at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE qr_code');
  }
}

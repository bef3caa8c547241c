import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLoginRate1767225600120 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Counted here, not by the rows of logins: a count of rows lets all in that begin at once.
    await db.query(`
      CREATE TABLE login_rate (
        subject text        PRIMARY KEY,   -- a key, strangers at a key, or an address of either
        until   timestamptz NOT NULL,      -- its minute, which began with the first login, ends then
        begun   integer     NOT NULL
      )
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE login_rate');
  }
}

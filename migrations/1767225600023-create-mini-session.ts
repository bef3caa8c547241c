import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMiniSession1767225600023 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE mini_session (
        appid              text        NOT NULL REFERENCES app ON DELETE CASCADE,
        id                 text        NOT NULL,
        openid             text        NOT NULL,
        sealed_session_key text        NOT NULL,
        created_at         timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (appid, id),
        FOREIGN KEY (appid, openid) REFERENCES wechat_user ON DELETE CASCADE
      )
    `);
    await db.query('CREATE INDEX mini_session_person ON mini_session (appid, openid, created_at)');
    await db.query('CREATE INDEX mini_session_age ON mini_session (created_at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE mini_session');
  }
}

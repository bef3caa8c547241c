import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddAppEgress1767225600006 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE app
        ADD forward_proxy jsonb,                                  -- sealed: its address may hold a password
        ADD jsapi_url_prefixes text[] NOT NULL DEFAULT '{}'
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE app DROP jsapi_url_prefixes, DROP forward_proxy');
  }
}

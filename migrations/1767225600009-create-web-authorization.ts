import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWebAuthorization1767225600009 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // What a person allowed an app, with the tokens that stand for it. Gone with the person's record.
    await db.query(`
      CREATE TABLE web_authorization (
        appid                text        NOT NULL,
        openid               text        NOT NULL,
        scope                text        NOT NULL,
        sealed_access_token  text,                               -- none: it has ended, the person must consent again
        access_expires_at    timestamptz,
        sealed_refresh_token text,
        authorized_at        timestamptz NOT NULL DEFAULT now(),
        renewed_at           timestamptz NOT NULL DEFAULT now(),
        leased_until         timestamptz,                        -- a gateway is asking WeChat for fresh tokens until then
        fence                bigint      NOT NULL DEFAULT 0,     -- counts claims, renewals and consents: who holds an older one may not save
        PRIMARY KEY (appid, openid),
        FOREIGN KEY (appid, openid) REFERENCES wechat_user ON DELETE CASCADE
      )
    `);
    // WeChat says of a used code that it is invalid once it has forgotten it; we remember longer than a code lives.
    await db.query(`
      CREATE TABLE used_code (
        appid      text        NOT NULL,
        code_hash  text        NOT NULL,
        claim      text        NOT NULL,                         -- which request claimed it
        held_until timestamptz,                                  -- null once WeChat has taken the code
        claimed_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (appid, code_hash)
      )
    `);
    await db.query('CREATE INDEX used_code_age ON used_code (claimed_at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE used_code');
    await db.query('DROP TABLE web_authorization');
  }
}

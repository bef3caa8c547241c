import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWechatUser1767225600008 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // One row for each person and app: an openid means nothing to another app.
    await db.query(`
      CREATE TABLE wechat_user (
        appid          text        NOT NULL REFERENCES app ON DELETE CASCADE,
        openid         text        NOT NULL,
        unionid        text,                        -- none until the app is bound to an open-platform account and WeChat tells it
        follows        boolean,                     -- not known until WeChat said so
        follows_since  timestamptz,                 -- the latest follow, or the unfollow
        follows_as_of  timestamptz,                 -- when WeChat said so: older news does not overwrite newer
        profile        jsonb,                       -- as web authorisation last showed it
        profile_as_of  timestamptz,
        first_seen_at  timestamptz NOT NULL DEFAULT now(),
        last_seen_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (appid, openid)
      )
    `);
    await db.query('CREATE INDEX wechat_user_unionid ON wechat_user (unionid) WHERE unionid IS NOT NULL');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE wechat_user');
  }
}

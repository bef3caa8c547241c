import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateBrowserAttempt1767225600080 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // What a service began for one browser, until that browser owns it by a cookie and brings it to its end.
    await db.query(`
      CREATE TABLE browser_attempt (
        appid         text        NOT NULL REFERENCES app ON DELETE CASCADE,
        id            text        NOT NULL,                -- in the address that the browser opens
        kind          text        NOT NULL CHECK (kind IN ('login_page', 'popup')),
        key_id        text        NOT NULL,                -- the key that began it: nobody else is told who it was
        origin        text,                                -- of the page that frames or opened it: nobody else is spoken to
        return_to     text,
        state         text        NOT NULL,
        binding_hash  text,                                -- of the session that the service has with the browser it sends
        cookie_hash   text,                                -- of the browser that owns it; null until one has opened it
        expires_at    timestamptz NOT NULL,                -- to be opened before; once opened, to be over
        leased_until  timestamptz,                         -- a request is asking WeChat for a code to show
        openid        text,
        sealed_result text,                                -- who it was, until the service has asked
        code_until    timestamptz,                         -- the code that stands for the result is good until then
        redeemed_at   timestamptz,
        refusals      integer     NOT NULL DEFAULT 0,      -- attempts to redeem it by others
        PRIMARY KEY (appid, id)
      )
    `);
    await db.query('CREATE INDEX browser_attempt_age ON browser_attempt (expires_at)');
    await db.query('CREATE INDEX browser_attempt_person ON browser_attempt (appid, openid) WHERE openid IS NOT NULL');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE browser_attempt');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePlatform1767225600050 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE app
        ADD platform     text REFERENCES app ON DELETE SET NULL,   -- through which an authorizer speaks
        ADD account_kind text CHECK (account_kind IN ('official_account', 'mini_program')),
        ADD granted      integer[],                                -- what it allows that platform
        ADD CHECK (kind = 'authorizer' OR (platform IS NULL AND account_kind IS NULL AND granted IS NULL))
    `);
    await db.query('CREATE INDEX app_platform ON app (platform)');
    await db.query(`
      CREATE TABLE platform (
        appid          text        PRIMARY KEY REFERENCES app ON DELETE CASCADE,
        sealed_ticket  text,
        ticket_at      timestamptz,                          -- when WeChat made it, by WeChat's clock
        kept_at        timestamptz,
        ticket_refused boolean     NOT NULL DEFAULT false,   -- WeChat no longer takes this one: the next is awaited
        watched_since  timestamptz NOT NULL DEFAULT now(),
        alarm          text        NOT NULL DEFAULT 'none' CHECK (alarm IN ('none', 'warning', 'alarm', 'expired')),
        push_asked_at  timestamptz,                          -- WeChat was last asked to push
        push_answer    text,
        compare_at     timestamptz NOT NULL DEFAULT now(),
        compared_at    timestamptz,
        listed         integer,                              -- how many accounts WeChat listed
        differences    jsonb       NOT NULL DEFAULT '[]'
      )
    `);
    await db.query(`
      CREATE TABLE platform_authorization (
        appid                text        NOT NULL REFERENCES app ON DELETE CASCADE,   -- the account
        platform             text        NOT NULL REFERENCES app ON DELETE CASCADE,
        stands               boolean     NOT NULL,
        as_of                timestamptz NOT NULL,           -- what is older changes nothing
        sealed_refresh_token text,
        refresh_kept_at      timestamptz,
        lost_at              timestamptz,                    -- WeChat takes the refresh token no more, and names no other
        granted              integer[]   NOT NULL DEFAULT '{}',
        user_name            text,                           -- the original id
        details              jsonb,                          -- what WeChat says of the account
        details_due_at       timestamptz,
        PRIMARY KEY (appid, platform),
        CHECK (stands OR sealed_refresh_token IS NULL)
      )
    `);
    await db.query('CREATE INDEX platform_authorization_platform ON platform_authorization (platform, appid)');
    await db.query(`
      CREATE TABLE platform_code (
        appid        text        NOT NULL REFERENCES app ON DELETE CASCADE,   -- the platform
        id           text        NOT NULL,                  -- a hash of the code
        sealed_code  text,                                  -- forgotten as soon as it is used up
        authorizer   text,
        as_of        timestamptz,                           -- WeChat's time of it; null where a person brought it
        arrived_at   timestamptz NOT NULL DEFAULT now(),
        state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'kept', 'done', 'failed')),
        asked_at     timestamptz,                           -- from then on an answer may have been lost
        attempts     integer     NOT NULL DEFAULT 0,
        due_at       timestamptz NOT NULL DEFAULT now(),
        leased_until timestamptz,
        fence        bigint      NOT NULL DEFAULT 0,
        failure      text,
        answer_to    text,                                  -- the person of a release test who waits for an answer
        PRIMARY KEY (appid, id)
      )
    `);
    await db.query(`CREATE INDEX platform_code_due ON platform_code (due_at) WHERE state IN ('waiting', 'kept')`);
    await db.query('CREATE INDEX platform_code_age ON platform_code (arrived_at)');
    await db.query(`
      CREATE TABLE authorization_link (
        appid                text        NOT NULL REFERENCES app ON DELETE CASCADE,   -- the platform
        id                   text        NOT NULL,
        sealed_pre_auth_code text        NOT NULL,
        expires_at           timestamptz NOT NULL,
        auth_type            integer     NOT NULL,
        biz_appid            text,
        category_ids         integer[]   NOT NULL DEFAULT '{}',
        codes                integer     NOT NULL DEFAULT 0,   -- that people came back with
        PRIMARY KEY (appid, id)
      )
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of ['authorization_link', 'platform_code', 'platform_authorization', 'platform'])
      await db.query(`DROP TABLE ${table}`);
    await db.query('ALTER TABLE app DROP platform, DROP account_kind, DROP granted');
  }
}

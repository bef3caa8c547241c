import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWebhook1767225600040 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE webhook (
        id               text        PRIMARY KEY,
        url              text        NOT NULL,
        appids           text[]      NOT NULL,             -- '*' among them: every app
        types            text[]      NOT NULL,             -- 'message.text', 'message.*', '*'
        description      text        NOT NULL DEFAULT '',
        format           text        NOT NULL CHECK (format IN ('standard', 'wechat')),
        replies          boolean     NOT NULL,             -- it may answer a push
        max_age_seconds  integer     CHECK (max_age_seconds > 0),
        enabled          boolean     NOT NULL DEFAULT true,
        disabled_because text        CHECK (disabled_because IN ('asked', 'gone', 'failing')),
        failing_since    timestamptz,                      -- nothing but failures from then on
        secrets          jsonb       NOT NULL,             -- the newest first, sealed
        relay            jsonb,                            -- token and AES key of the format 'wechat', sealed
        created_at       timestamptz NOT NULL DEFAULT now(),
        CHECK (enabled = (disabled_because IS NULL)),
        CHECK ((format = 'wechat') = (relay IS NOT NULL))
      )
    `);
    await db.query(`
      CREATE TRIGGER webhook_changed AFTER INSERT OR UPDATE OR DELETE ON webhook
      FOR EACH ROW EXECUTE FUNCTION note_change('id')
    `);

    // What a webhook has yet to get, and what became of the rest. A row is claimed by putting it off: who dies with it
    // lets go of it by the passing of time. No foreign key to the webhook, which every push would have to lock for it:
    // rows that a deleted webhook leaves are never claimed, and swept.
    await db.query(`
      CREATE TABLE webhook_delivery (
        appid      text        NOT NULL,
        seq        bigint      NOT NULL,
        webhook_id text        NOT NULL,
        state      text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed', 'expired')),
        due_at     timestamptz,                            -- null: nothing more is to be done
        expires_at timestamptz,
        step       integer     NOT NULL DEFAULT 0,         -- failures since the plan of attempts began
        attempts   integer     NOT NULL DEFAULT 0,         -- ever; also the fence of a claim
        asked      boolean     NOT NULL DEFAULT false,     -- its first attempt is made by whoever received the push
        PRIMARY KEY (appid, seq, webhook_id),
        FOREIGN KEY (appid, seq) REFERENCES event ON DELETE CASCADE,
        CHECK ((state = 'waiting') = (due_at IS NOT NULL))
      )
    `);
    await db.query('CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, due_at) WHERE due_at IS NOT NULL');
    // Half of its rows change several times within a second of being written.
    await db.query('ALTER TABLE webhook_delivery SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)');

    await db.query(`
      CREATE TABLE webhook_attempt (
        appid        text        NOT NULL,
        seq          bigint      NOT NULL,
        webhook_id   text        NOT NULL,
        number       integer     NOT NULL,
        id           bigint      GENERATED ALWAYS AS IDENTITY,
        at           timestamptz NOT NULL DEFAULT now(),
        status       integer,                              -- null: there was no answer
        error        text,
        milliseconds integer     NOT NULL,
        response     text        NOT NULL,                 -- the beginning of the body
        PRIMARY KEY (appid, seq, webhook_id, number),
        FOREIGN KEY (appid, seq, webhook_id) REFERENCES webhook_delivery ON DELETE CASCADE
      )
    `);
    await db.query('CREATE INDEX webhook_attempt_list ON webhook_attempt (webhook_id, id)');
    await db.query('CREATE INDEX webhook_attempt_age ON webhook_attempt (at)');

    await db.query(`
      CREATE FUNCTION webhook_takes(one webhook, appid text, type text, has_raw boolean) RETURNS boolean LANGUAGE sql IMMUTABLE
      RETURN one.appids && ARRAY['*', appid] AND one.types && ARRAY['*', type, split_part(type, '.', 1) || '.*']
             -- What holds a secret is not kept as it came, and cannot be relayed as it came.
             AND (one.format <> 'wechat' OR has_raw)
    `);

    // Whoever writes an event writes what is to be sent of it, in the same commit, and needs not know of webhooks.
    // Of those that may answer, the oldest is asked by the process that received the push: nobody else takes the
    // delivery before that one must be thought dead.
    await db.query(`
      CREATE FUNCTION queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO webhook_delivery (appid, seq, webhook_id, due_at, expires_at, asked)
        SELECT NEW.appid, NEW.seq, chosen.id,
               now() + make_interval(secs => CASE WHEN chosen.asked THEN 5 ELSE 0 END),
               NEW.received_at + make_interval(secs => chosen.max_age_seconds), chosen.asked
          FROM (SELECT id, max_age_seconds,
                       replies AND row_number() OVER (PARTITION BY replies ORDER BY created_at, id) = 1 AS asked
                  FROM webhook
                 WHERE enabled AND webhook_takes(webhook, NEW.appid, NEW.type, NEW.raw IS NOT NULL)) AS chosen;
        RETURN NULL;
      END $$
    `);
    await db.query('CREATE TRIGGER event_queued AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION queue_deliveries()');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER event_queued ON event');
    await db.query('DROP FUNCTION queue_deliveries');
    await db.query('DROP FUNCTION webhook_takes');
    await db.query('DROP TABLE webhook_attempt');
    await db.query('DROP TABLE webhook_delivery');
    await db.query('DROP TABLE webhook');
  }
}

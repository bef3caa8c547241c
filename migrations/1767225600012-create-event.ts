import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEvent1767225600012 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE event (
        appid       text        NOT NULL REFERENCES app ON DELETE CASCADE,
        seq         bigint      GENERATED ALWAYS AS IDENTITY,    -- in the order of commits, see keep_events
        id          text        NOT NULL,
        type        text        NOT NULL,
        openid      text,
        occurred_at timestamptz,                                 -- what WeChat says
        received_at timestamptz NOT NULL DEFAULT now(),
        dedupe_key  text        NOT NULL,                        -- the same for every attempt at one push
        data        jsonb,                                       -- WeChat's fields; null for what could not be read
        raw         bytea,                                       -- the clear bytes as they came; null where they hold a secret
        reply       jsonb,                                       -- what the answer said; null: nothing
        is_decided  boolean     NOT NULL,                        -- whether a repeat may be given that answer
        PRIMARY KEY (appid, seq),
        UNIQUE (appid, dedupe_key)
      )
    `);
    await db.query('CREATE UNIQUE INDEX event_id ON event (id)');
    await db.query('CREATE INDEX event_person ON event (appid, openid, seq)');
    await db.query('CREATE INDEX event_age ON event (received_at)');
    // For readers that follow all apps from a number on.
    await db.query('CREATE INDEX event_seq ON event (seq)');

    // What the rooms have yet to do about an event. A task is done in the transaction that deletes it.
    await db.query(`
      CREATE TABLE event_task (
        appid      text        NOT NULL,
        seq        bigint      NOT NULL,
        handler    text        NOT NULL,
        person     text        NOT NULL,                         -- tasks of one person and handler are done one after the other
        due_at     timestamptz NOT NULL DEFAULT now(),
        attempts   integer     NOT NULL DEFAULT 0,
        last_error text,
        given_up   boolean     NOT NULL DEFAULT false,
        PRIMARY KEY (appid, seq, handler),
        FOREIGN KEY (appid, seq) REFERENCES event ON DELETE CASCADE
      )
    `);
    await db.query('CREATE INDEX event_task_order ON event_task (appid, person, handler, seq)');
    // The next one is found without looking at all that wait.
    await db.query('CREATE INDEX event_task_next ON event_task (seq) WHERE NOT given_up');

    // The signature of a plain push does not cover its body: seen once, it is good for that body alone.
    await db.query(`
      CREATE TABLE seen_signature (
        appid     text        NOT NULL,
        signature text        NOT NULL,
        body_hash text        NOT NULL,
        seen_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (appid, signature)
      )
    `);
    await db.query('CREATE INDEX seen_signature_age ON seen_signature (seen_at)');

    // One round trip for any number of events. The lock lets only one writer number events until it has committed, so
    // numbers become visible in their order, and a reader that has seen one has seen all before it.
    await db.query(`
      CREATE FUNCTION keep_events(
        ids text[], appids text[], types text[], openids text[], times timestamptz[], keys text[], datas text[], raws bytea[],
        replies text[], decided boolean[], signatures text[], bodies text[], tasks text[])
      RETURNS TABLE (kept_id text, outcome text, kept_seq bigint, kept_reply jsonb, kept_decided boolean)
      LANGUAGE plpgsql AS $$
      DECLARE
        known text;
      BEGIN
        PERFORM pg_advisory_xact_lock(4207, 1);
        FOR i IN 1 .. cardinality(ids) LOOP
          kept_id := ids[i];
          kept_seq := NULL;
          kept_reply := NULL;
          kept_decided := NULL;
          IF signatures[i] IS NOT NULL THEN
            INSERT INTO seen_signature (appid, signature, body_hash) VALUES (appids[i], signatures[i], bodies[i])
            ON CONFLICT DO NOTHING;
            IF NOT FOUND THEN
              SELECT body_hash INTO known FROM seen_signature WHERE appid = appids[i] AND signature = signatures[i];
              IF known <> bodies[i] THEN
                outcome := 'reused';
                RETURN NEXT;
                CONTINUE;
              END IF;
            END IF;
          END IF;

          INSERT INTO event (id, appid, type, openid, occurred_at, dedupe_key, data, raw, reply, is_decided)
          VALUES (ids[i], appids[i], types[i], openids[i], times[i], keys[i], datas[i]::jsonb, raws[i], replies[i]::jsonb, decided[i])
          ON CONFLICT (appid, dedupe_key) DO NOTHING
          RETURNING seq INTO kept_seq;
          IF FOUND THEN
            outcome := 'fresh';
            INSERT INTO event_task (appid, seq, handler, person)
            SELECT appids[i], kept_seq, handler, coalesce(openids[i], '') FROM unnest(string_to_array(tasks[i], ',')) AS handler;
          ELSE
            outcome := 'repeat';
            SELECT id, seq, reply, is_decided INTO kept_id, kept_seq, kept_reply, kept_decided
              FROM event WHERE appid = appids[i] AND dedupe_key = keys[i];
          END IF;
          RETURN NEXT;
        END LOOP;
      END $$
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP FUNCTION keep_events');
    await db.query('DROP TABLE seen_signature');
    await db.query('DROP TABLE event_task');
    await db.query('DROP TABLE event');
  }
}

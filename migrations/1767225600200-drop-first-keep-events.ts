import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The function that release 0.1.0 called. Release 0.2.0 calls the one with 17 arguments, as this one does. */
const signature = `keep_events(
  ids text[], appids text[], types text[], openids text[], times timestamptz[], keys text[], datas text[], raws bytea[],
  replies text[], decided boolean[], signatures text[], bodies text[], tasks text[])`;

export class DropFirstKeepEvents1767225600200 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`DROP FUNCTION ${signature}`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION ${signature}
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
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Beside the one of before, which the release before goes on calling with its own arguments. */
const signature = `keep_events(
  ids text[], appids text[], types text[], openids text[], times timestamptz[], keys text[], datas text[], raws bytea[],
  replies text[], decided boolean[], signers text[], stamps text[], messages text[], proven boolean[], tasks text[],
  answering text[], budget interval)`;

export class KeepEventsForTheirHolder1767225600101 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Whether a push may come with this signature. It does not cover what the push says, so the first clear message that
    // came with it is the only one it is good for; unless something else proves the message, which is then the one.
    await db.query(`
      CREATE FUNCTION note_signature(signer text, stamp text, message text, is_proven boolean) RETURNS boolean
      LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO seen_signature AS seen (appid, signature, body_hash) VALUES (signer, stamp, message)
        ON CONFLICT (appid, signature) DO UPDATE SET body_hash = excluded.body_hash
         WHERE is_proven OR seen.body_hash = excluded.body_hash;
        RETURN FOUND;
      END $$
    `);

    // As before, and: a task whose reply the answer waits for belongs to whoever keeps the event, as long as that one may
    // still answer; the signature of every push is noted, sealed or not.
    await db.query(`
      CREATE FUNCTION ${signature}
      RETURNS TABLE (kept_id text, outcome text, kept_seq bigint, kept_reply jsonb, kept_decided boolean)
      LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(4207, 1);
        FOR i IN 1 .. cardinality(ids) LOOP
          kept_id := ids[i];
          kept_seq := NULL;
          kept_reply := NULL;
          kept_decided := NULL;
          IF NOT note_signature(signers[i], stamps[i], messages[i], proven[i]) THEN
            outcome := 'reused';
            RETURN NEXT;
            CONTINUE;
          END IF;

          INSERT INTO event (id, appid, type, openid, occurred_at, dedupe_key, data, raw, reply, is_decided)
          VALUES (ids[i], appids[i], types[i], openids[i], times[i], keys[i], datas[i]::jsonb, raws[i], replies[i]::jsonb, decided[i])
          ON CONFLICT (appid, dedupe_key) DO NOTHING
          RETURNING seq INTO kept_seq;
          IF FOUND THEN
            outcome := 'fresh';
            INSERT INTO event_task (appid, seq, handler, person, due_at)
            SELECT appids[i], kept_seq, handler, coalesce(openids[i], ''),
                   CASE WHEN handler = ANY (string_to_array(answering[i], ',')) THEN now() + budget ELSE now() END
              FROM unnest(string_to_array(tasks[i], ',')) AS handler;
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
    await db.query(`DROP FUNCTION ${signature}`);
    await db.query('DROP FUNCTION note_signature');
  }
}

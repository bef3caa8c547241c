import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OwnWebhooks1767225600111 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // No foreign key: that its key is gone is just what a webhook has to show.
    await db.query(`
      ALTER TABLE webhook
        ADD COLUMN key_id        text,                             -- null: made before webhooks belonged to keys
        ADD COLUMN key_ended_at  timestamptz,                      -- while it is disabled for that
        ADD COLUMN waived_scopes text[],                           -- not asked of its key: see below
        DROP CONSTRAINT webhook_disabled_because_check,
        ADD CONSTRAINT webhook_disabled_because_check CHECK (disabled_because IN ('asked', 'gone', 'failing', 'key_ended'))
    `);
    // In steps: before 18, PostgreSQL adds no column with a default to a table whose rows a function takes.
    await db.query("ALTER TABLE webhook ALTER COLUMN waived_scopes SET DEFAULT '{}'");
    await db.query("UPDATE webhook SET waived_scopes = '{}'");
    await db.query('ALTER TABLE webhook ALTER COLUMN waived_scopes SET NOT NULL');
    // The audit log knows who made a webhook. It belongs to that key if the key lives and still holds all of its apps;
    // else it goes on as nobody's until it is adopted, since nothing that is delivered today may stop by an upgrade.
    // For the same reason its key is not asked for scopes that nobody had to give it so far.
    await db.query(`
      UPDATE webhook
         SET key_id = api_key.id,
             waived_scopes = ARRAY(SELECT unnest(ARRAY['webhooks', 'events:read', 'messages:send']) EXCEPT SELECT unnest(api_key.scopes))
        FROM audit_entry JOIN api_key ON audit_entry.actor = 'key:' || api_key.id
       WHERE audit_entry.action = 'webhook.create' AND audit_entry.subject = webhook.id
         AND (api_key.expires_at IS NULL OR api_key.expires_at > now())
         AND (api_key.appids @> '{*}' OR api_key.appids @> webhook.appids)
    `);
    // A scope is waived until the key is given it: from then on, losing it counts.
    await db.query(`
      CREATE FUNCTION end_waivers() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE webhook SET waived_scopes = ARRAY(SELECT unnest(waived_scopes) EXCEPT SELECT unnest(NEW.scopes))
         WHERE key_id = NEW.id AND waived_scopes && NEW.scopes;
        RETURN NULL;
      END $$
    `);
    await db.query(`
      CREATE TRIGGER api_key_widened AFTER UPDATE OF scopes ON api_key
      FOR EACH ROW WHEN (OLD.scopes IS DISTINCT FROM NEW.scopes) EXECUTE FUNCTION end_waivers()
    `);

    // Given the key of a webhook, or none where there is none. They look nothing up, so that Postgres writes them into
    // the statements that use them. A webhook may have what its key may have now.
    await db.query(`
      CREATE FUNCTION webhook_key_lives(one webhook, key api_key) RETURNS boolean LANGUAGE sql STABLE
      RETURN one.key_id IS NULL OR key.id IS NOT NULL AND (key.expires_at IS NULL OR key.expires_at > now())
    `);
    await db.query(`
      CREATE FUNCTION webhook_key_opens(one webhook, key api_key, appid text, scope text) RETURNS boolean LANGUAGE sql IMMUTABLE
      RETURN one.key_id IS NULL
          OR coalesce(key.appids && ARRAY['*', appid] AND key.scopes || one.waived_scopes @> ARRAY['webhooks', scope], false)
    `);
    // As it was, but for the keys. What a webhook whose key has ended would have got is queued, and held: whoever
    // adopts it within three days has missed nothing.
    await db.query(`
      CREATE OR REPLACE FUNCTION queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO webhook_delivery (appid, seq, webhook_id, due_at, expires_at, asked)
        SELECT NEW.appid, NEW.seq, chosen.id,
               now() + make_interval(secs => CASE WHEN chosen.asked THEN 5 ELSE 0 END),
               NEW.received_at + make_interval(secs => chosen.max_age_seconds), chosen.asked
          FROM (SELECT id, max_age_seconds,
                       may_answer AND row_number() OVER (PARTITION BY may_answer ORDER BY created_at, id) = 1 AS asked
                  FROM (SELECT webhook.id, max_age_seconds, webhook.created_at,
                               replies AND lives AND webhook_key_opens(webhook, key, NEW.appid, 'messages:send') AS may_answer
                          FROM webhook
                          LEFT JOIN api_key AS key ON key.id = webhook.key_id
                         CROSS JOIN LATERAL (SELECT webhook_key_lives(webhook, key) AS lives) AS life
                         WHERE (enabled OR disabled_because = 'key_ended' AND key_ended_at > now() - interval '3 days')
                           AND webhook_takes(webhook, NEW.appid, NEW.type, NEW.raw IS NOT NULL)
                           AND (NOT lives OR webhook_key_opens(webhook, key, NEW.appid, 'events:read'))) AS fit) AS chosen;
        RETURN NULL;
      END $$
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE OR REPLACE FUNCTION queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
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
    await db.query('DROP FUNCTION webhook_key_opens');
    await db.query('DROP FUNCTION webhook_key_lives');
    await db.query('DROP TRIGGER api_key_widened ON api_key');
    await db.query('DROP FUNCTION end_waivers');
    await db.query(`UPDATE webhook SET disabled_because = 'asked' WHERE disabled_because = 'key_ended'`);
    await db.query(`
      ALTER TABLE webhook
        DROP COLUMN key_id, DROP COLUMN key_ended_at, DROP COLUMN waived_scopes,
        DROP CONSTRAINT webhook_disabled_because_check,
        ADD CONSTRAINT webhook_disabled_because_check CHECK (disabled_because IN ('asked', 'gone', 'failing'))
    `);
  }
}

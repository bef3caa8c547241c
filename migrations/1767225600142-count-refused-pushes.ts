import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CountRefusedPushes1767225600142 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Where WeChat pushes from, by its own word.
    await db.query(`
      CREATE TABLE wechat_address_list (
        appid     text        PRIMARY KEY REFERENCES app ON DELETE CASCADE,
        addresses text[],                                  -- addresses and ranges; null: WeChat has not told yet
        known_at  timestamptz,
        due_at    timestamptz NOT NULL                     -- to be asked again, by whoever puts this off first
      )
    `);
    await db.query(`
      CREATE TRIGGER wechat_address_list_changed AFTER INSERT OR UPDATE OR DELETE ON wechat_address_list
      FOR EACH ROW EXECUTE FUNCTION note_change('appid')
    `);

    // Never their bytes. Few rows for each app and hour, however many are sent.
    await db.query(`
      CREATE TABLE refused_push (
        appid    text        NOT NULL REFERENCES app ON DELETE CASCADE,
        hour     timestamptz NOT NULL,
        reason   text        NOT NULL,
        origin   text        NOT NULL CHECK (origin IN ('wechat', 'unknown', 'stranger')),   -- unknown: it may be either
        count    bigint      NOT NULL,
        first_at timestamptz NOT NULL,
        last_at  timestamptz NOT NULL,
        PRIMARY KEY (appid, hour, reason, origin)
      )
    `);
    await db.query('CREATE INDEX refused_push_age ON refused_push (hour)');
    // What came last, and how many of unknown origin were refused since a push was accepted.
    await db.query(`
      CREATE TABLE callback_record (
        appid         text        PRIMARY KEY REFERENCES app ON DELETE CASCADE,
        accepted_at   timestamptz,
        refused       bigint      NOT NULL DEFAULT 0,
        refused_first timestamptz,
        refused_last  timestamptz
      )
    `);
    // Which of them count against the app: what came from WeChat, and what may have, where at least three were refused
    // over two minutes and none was accepted since. The rest are strangers'.
    await db.query(`
      CREATE VIEW judged_refusal AS
      SELECT one.appid, one.hour, one.reason, one.count, one.first_at, one.last_at,
             CASE WHEN one.origin = 'wechat'
                    OR one.origin = 'unknown' AND record.refused >= 3 AND one.last_at >= record.refused_first
                       AND record.refused_last - record.refused_first >= interval '2 minutes'
                  THEN 'app' ELSE 'stranger' END AS counts_as,
             -- Nothing was accepted since, and nobody has changed the app.
             one.last_at > greatest(record.accepted_at, app.updated_at) AS is_current
        FROM refused_push AS one JOIN app USING (appid) LEFT JOIN callback_record AS record USING (appid)
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP VIEW judged_refusal');
    for (const table of ['callback_record', 'refused_push', 'wechat_address_list']) await db.query(`DROP TABLE ${table}`);
  }
}

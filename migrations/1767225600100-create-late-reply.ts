import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLateReply1767225600100 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // What was meant as the answer to a push and came too late for it. It goes out as a message, once.
    await db.query(`
      CREATE TABLE late_reply (
        appid    text        NOT NULL,
        seq      bigint      NOT NULL,
        handler  text        NOT NULL,                      -- who said it
        openid   text        NOT NULL,
        reply    jsonb,                                     -- null once nothing more is to be done
        status   text        NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'unknown', 'lost')),
        reason   text,                                      -- why it is lost, or not known to be sent
        due_at   timestamptz NOT NULL DEFAULT now(),        -- whoever sends it puts it off first
        attempts integer     NOT NULL DEFAULT 0,            -- also the fence of a claim
        PRIMARY KEY (appid, seq, handler),
        FOREIGN KEY (appid, seq) REFERENCES event ON DELETE CASCADE,
        CHECK ((status = 'waiting') = (reply IS NOT NULL))
      )
    `);
    await db.query(`CREATE INDEX late_reply_due ON late_reply (due_at) WHERE status = 'waiting'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE late_reply');
  }
}

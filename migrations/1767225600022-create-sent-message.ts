import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSentMessage1767225600022 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // What a message said is not kept.
    await db.query(`
      CREATE TABLE sent_message (
        appid         text        NOT NULL REFERENCES app ON DELETE CASCADE,
        id            text        NOT NULL,
        kind          text        NOT NULL CHECK (kind IN ('template', 'subscribe', 'customer')),
        openid        text        NOT NULL,
        template_id   text,
        name          text,                                      -- what a repeat of the request is known by
        body_hash     text        NOT NULL,
        client_msg_id text,                                      -- what WeChat knows a repeat by
        status        text        NOT NULL CHECK (status IN ('sending', 'sent', 'unknown')),
        msgid         text,
        attempt       text        NOT NULL,
        held_until    timestamptz NOT NULL,
        created_at    timestamptz NOT NULL DEFAULT now(),
        sent_at       timestamptz,
        PRIMARY KEY (appid, id),
        UNIQUE (appid, name)
      )
    `);
    await db.query('CREATE INDEX sent_message_msgid ON sent_message (appid, msgid)');
    await db.query('CREATE INDEX sent_message_person ON sent_message (appid, openid)');
    await db.query('CREATE INDEX sent_message_named ON sent_message (created_at) WHERE name IS NOT NULL');
    await db.query('CREATE INDEX sent_message_age ON sent_message (created_at)');

    // What WeChat reported, which may come before the message has its msgid.
    await db.query(`
      CREATE TABLE message_fate (
        appid       text        NOT NULL REFERENCES app ON DELETE CASCADE,
        msgid       text        NOT NULL,
        fate        text        NOT NULL CHECK (fate IN ('delivered', 'blocked', 'failed')),
        detail      text        NOT NULL,
        reported_at timestamptz NOT NULL,
        PRIMARY KEY (appid, msgid)
      )
    `);
    await db.query('CREATE INDEX message_fate_age ON message_fate (reported_at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE message_fate');
    await db.query('DROP TABLE sent_message');
  }
}

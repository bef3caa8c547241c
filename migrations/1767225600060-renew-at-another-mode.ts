import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RenewAtAnotherMode1767225600060 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // A token of the other mode is good to its end, but no longer what WeChat names as the current one: reported, it
    // would seem to have died early by somebody else's doing. So the next one is fetched at once.
    await db.query(revising(`attention_at IS NOT NULL OR (kind = 'access_token' AND NEW.token_mode <> OLD.token_mode)`));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(revising('attention_at IS NOT NULL'));
  }
}

const revising = (due: string): string => `
  CREATE OR REPLACE FUNCTION revise_app() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.revision := OLD.revision + 1;
    UPDATE credential SET renew_at = now(), attention_at = NULL WHERE appid = NEW.appid AND (${due});
    RETURN NEW;
  END $$
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ProveCredentialsByEpoch1767225600151 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE credential
        ADD epoch           text,   -- in which it was fetched or confirmed: in another one it is not handed out
        ADD confirmed_fence bigint  -- its fence before, where the memory of a gateway confirmed it
    `);
    await db.query('ALTER TABLE credential ALTER epoch SET DEFAULT current_epoch()');
    await db.query(`UPDATE credential SET epoch = (SELECT value FROM epoch)`);
    // Those of another epoch are looked for each second, and there are hardly ever any.
    await db.query('CREATE INDEX credential_epoch ON credential (epoch)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE credential DROP epoch, DROP confirmed_fence');
  }
}

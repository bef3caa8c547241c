import type { TestDatabase } from './database.js';

const tables = `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`;

/**
 * A database that goes back in time under whoever uses it, in one commit: rows, numbers and all, as after a failover that lost
 * commits or a recovery to a point in time.
 */
export class TimeMachine {
  private constructor(private readonly database: TestDatabase) {}

  /** The moment to go back to. */
  static async remember(database: TestDatabase): Promise<TimeMachine> {
    await database.query(`
      DO $$
      DECLARE one record;
      BEGIN
        CREATE SCHEMA past;
        FOR one IN ${tables} LOOP EXECUTE format('CREATE TABLE past.%1$I AS TABLE public.%1$I', one.name); END LOOP;
        CREATE TABLE past.sequences AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
      END $$`);
    return new TimeMachine(database);
  }

  async goBack(): Promise<void> {
    await this.database.query(`
      DO $$
      DECLARE one record; columns text;
      BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
        FOR one IN ${tables} LOOP
          SELECT string_agg(quote_ident(attname), ',') INTO columns FROM pg_attribute
           WHERE attrelid = format('public.%I', one.name)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
          EXECUTE format('DELETE FROM public.%I', one.name);
          EXECUTE format('INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM past.%1$I', one.name, columns);
        END LOOP;
        FOR one IN SELECT * FROM past.sequences LOOP
          PERFORM setval(format('public.%I', one.sequencename), coalesce(one.last_value, 1), one.last_value IS NOT NULL);
        END LOOP;
      END $$`);
  }
}

/** As after a promotion: the same rows, in a cluster or on a timeline that is another one. */
export const becomeAnother = (database: TestDatabase): Promise<unknown> =>
  database.query("UPDATE epoch SET made_under = 'another'");

/** Whoever waited for all replicas to be heard has waited long enough. */
export const letHearingPass = (database: TestDatabase): Promise<unknown> =>
  database.query("UPDATE epoch SET since = since - interval '1 minute'");

import type { QueryRunner } from 'typeorm';

/** By what `COMMENT ON` calls a thing: why it is there; of a table or a view also why each of its columns is. */
export type Meanings = Readonly<Record<string, readonly [meaning: string, columns?: Readonly<Record<string, string>>]>>;

/**
 * Keeps the meanings in the database, where whoever looks at a table finds them; docs/database.md is made from them.
 * `COMMENT` locks a table against other changes of the schema and VACUUM until the commit (SHARE UPDATE EXCLUSIVE). Reads and
 * writes go on, so nothing needs setting. One message to the server, since there are hundreds.
 */
export async function keepMeanings(db: QueryRunner, meanings: Meanings): Promise<void> {
  await db.query(comments(meanings, (text) => `'${text.replaceAll("'", "''")}'`));
}

export async function forgetMeanings(db: QueryRunner, meanings: Meanings): Promise<void> {
  await db.query(comments(meanings, () => 'NULL'));
}

function comments(meanings: Meanings, literal: (text: string) => string): string {
  const comment = (what: string, text: string): string => `COMMENT ON ${what} IS ${literal(text)}`;
  const all = Object.entries(meanings).flatMap(([what, [meaning, columns = {}]]) => [
    comment(what, meaning),
    ...Object.entries(columns).map(([column, text]) => comment(`COLUMN ${what.split(' ')[1]}."${column}"`, text)),
  ]);
  return all.join(';\n');
}

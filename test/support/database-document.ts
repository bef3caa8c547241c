import type { TestDatabase } from './database.js';
import { readersOf, tablesOf, writersBesides } from './tables.js';

const introduction = `# The database

What the gateway keeps in PostgreSQL: one schema, which any number of replicas share. A room alone writes its tables; the few other
rooms that read one are named there. [ARCHITECTURE.md](../ARCHITECTURE.md) says what the rooms are, [the glossary](glossary.md) what
the words mean, and [releasing](releasing.md) how two releases share the schema.

A column that begins with \`sealed_\` holds text that only the vault can read. Times are the database's, where a column does not say
otherwise. \`appid\` comes first in the primary key of what belongs to one app. Where a table says how long its rows are kept, the
room that owns it deletes them.

This file is made by \`npm run database:document\` from the schema that the migrations build. The meanings are comments in the database,
written by migrations (\`migrations/meanings.ts\`). A test fails where this file is out of date, or where a meaning is missing.
`;

interface Named {
  readonly name: string;
  readonly meaning: string | null;
}
interface Relation extends Named {
  readonly kind: 'r' | 'v';
  readonly columns: readonly (Named & { type: string; isNullable: boolean; default: string | null })[];
  readonly rules: readonly string[];
  readonly triggers: readonly (Named & { does: string })[];
}

/** Everything that may have a meaning, in one order on every server: `C`, since collations differ. */
const relations = `
  SELECT c.relname AS name, c.relkind AS kind, obj_description(c.oid, 'pg_class') AS meaning,
         (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                   'isNullable', NOT a.attnotnull, 'meaning', col_description(c.oid, a.attnum),
                   'default', CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END) ORDER BY a.attnum)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT coalesce(json_agg(rule ORDER BY place, rule COLLATE "C"), '[]') FROM (
            SELECT position(contype::text IN 'pufc') AS place, pg_get_constraintdef(oid, true) AS rule
              FROM pg_constraint WHERE conrelid = c.oid AND contype IN ('p', 'u', 'f', 'c')
            UNION ALL
            SELECT 2, replace(regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING btree ', 'UNIQUE '), '::text', '')
              FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
               AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)) AS one) AS rules,
         (SELECT coalesce(json_agg(json_build_object('name', tgname, 'meaning', obj_description(oid, 'pg_trigger'),
                   'does', regexp_replace(pg_get_triggerdef(oid, true), '^CREATE TRIGGER \\S+ (.*) ON \\S+ ', '\\1 '))
                   ORDER BY tgname COLLATE "C"), '[]')
            FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
   ORDER BY c.relname COLLATE "C"`;
const routines = `
  SELECT proname AS name, obj_description(oid, 'pg_proc') AS meaning,
         proname || '(' || pg_get_function_arguments(oid) || ') → ' || pg_get_function_result(oid) AS signature
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname COLLATE "C", pronargs`;

/** docs/database.md, and the names of whatever has no meaning yet. */
export async function databaseDocument(database: TestDatabase): Promise<{ text: string; unexplained: string[] }> {
  const all = await database.query<Relation>(relations);
  const functions = await database.query<Named & { signature: string }>(routines);
  const missing = (of: string, named: readonly Named[]): string[] =>
    named.filter(({ meaning }) => meaning === null).map(({ name }) => `${of} ${name}`);
  const unexplained = [
    ...missing('table or view', all),
    ...all.flatMap(({ name, columns, triggers }) => [
      ...missing(`column of ${name}`, columns),
      ...missing(`trigger on ${name}`, triggers),
    ]),
    ...missing('function', functions),
  ];
  const views = all.filter(({ kind }) => kind === 'v');
  const ownerOf = (table: string): string => Object.keys(tablesOf).find((room) => tablesOf[room]?.includes(table)) ?? 'database';
  const tables = [...new Set([...Object.keys(tablesOf), 'database'])].map((room) => ({
    room,
    its: all.filter(({ name, kind }) => kind !== 'v' && ownerOf(name) === room),
  }));
  const linked = ({ name }: Named): string => `[${name}](#${name})`;
  const lines = [
    `${introduction}\n| room | tables |\n| --- | --- |`,
    ...tables.map(({ room, its }) => `| [\`${room}\`](#room-${room}) | ${its.map(linked).join(', ')} |`),
    ...tables.map(({ room, its }) => `\n## Room \`${room}\`\n\n${its.map(section).join('\n\n')}`),
    '\n## Functions\n',
    ...functions.map(({ signature, meaning }) => `- \`${plain(signature)}\`: ${meaning}`),
    `\n## Views\n\n${views.map(section).join('\n\n')}\n`,
  ];
  return { text: lines.join('\n'), unexplained };
}

function section({ name, kind, meaning, columns, rules, triggers }: Relation): string {
  const [readers, writers] = [readersOf[name], writersBesides[name]];
  const others = [readers && `Also read by ${list(readers)}.`, writers && `Also written by ${list(writers)}.`].filter(Boolean);
  const cells = columns.map((column) => [
    `\`${column.name}\``,
    plain(column.type),
    // Of the columns of a view PostgreSQL knows neither.
    ...(kind === 'v' ? [] : [column.isNullable ? 'yes' : '', column.default === null ? '' : `\`${plain(column.default)}\``]),
    column.meaning?.replaceAll('|', '\\|'),
  ]);
  const heads = ['column', 'type', ...(kind === 'v' ? [] : ['null', 'default']), 'meaning'];
  const rows = [heads, heads.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`);
  const notes = [
    ...rules.map((rule) => `- \`${plain(rule)}\``),
    ...triggers.map((trigger) => `- Trigger \`${trigger.name}\`: ${trigger.meaning} (\`${plain(trigger.does)}\`)`),
  ];
  const parts = [`### ${name}`, [meaning, ...others].join(' '), rows.join('\n'), notes.join('\n')];
  return parts.filter((part) => part !== '').join('\n\n');
}

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** As a person would write it. */
const plain = (sql: string): string =>
  sql
    .replace(/::(?:text|jsonb)(?:\[\])?/g, '')
    .replace(/= ANY \(ARRAY\[([^\]]*)\]\)/g, 'IN ($1)')
    .replace(/( FOR EACH ROW)? (WHEN .*)?EXECUTE FUNCTION /, ' $2→ ')
    .replaceAll('timestamp with time zone', 'timestamptz');

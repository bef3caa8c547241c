import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readersOf, tablesOf, writersBesides } from './support/tables.js';

/** What every room may import: these import only each other. */
const foundation = ['settings', 'errors', 'runtime', 'changes', 'vault', 'access', 'api'];

/** What a room may import beyond the foundation. Arrows point down: a room that is missing here may import nothing more. */
const allowed: Record<string, string[]> = {
  'apps/gateway': ['*'],
  'apps/demo-site': [],
  'apps/simulator': ['wechat-crypto'],
  'libs/app': [],
  'libs/app-check': ['app', 'callback', 'platform', 'quota', 'token', 'wechat'],
  'libs/token': ['app', 'wechat'],
  'libs/callback': ['app', 'token', 'wechat'],
  'libs/platform': ['app', 'callback', 'token', 'web-auth', 'wechat'],
  'libs/user': ['app', 'callback', 'token', 'wechat'],
  'libs/qr-code': ['token', 'wechat'],
  'libs/qr-login': ['app', 'callback', 'qr-code', 'token', 'user', 'web-auth', 'wechat'],
  'libs/web-auth': ['app', 'callback', 'one-time-code', 'token', 'user', 'wechat'],
  'libs/one-time-code': ['wechat'],
  'libs/menu': ['token', 'wechat'],
  'libs/message': ['app', 'callback', 'token', 'user', 'wechat'],
  'libs/mini-program': ['app', 'one-time-code', 'token', 'user', 'wechat'],
  'libs/quota': ['app', 'token', 'wechat'],
  'libs/webhook': ['app', 'callback', 'wechat'],
  'libs/wechat': ['wechat-crypto'],
  'libs/wechat-crypto': [],
  'libs/database': ['migrations'],
};

const root = resolve(import.meta.dirname, '..');

interface Import {
  readonly file: string;
  readonly target: string;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)['"]([^'"]+)['"]/gm)];
  return found.map(([, target = '']) => ({ file, target }));
}

/** `libs/access`, `apps/gateway`, `migrations`, `test`. */
const roomOf = (file: string): string =>
  /^(libs|apps)\//.test(file) ? file.split('/').slice(0, 2).join('/') : (file.split('/')[0] ?? '');

function faultOf({ file, target }: Import): string | undefined {
  const room = roomOf(file);
  if (target.startsWith('.')) {
    const reached = relative(root, resolve(root, dirname(file), target));
    return roomOf(reached) === room ? undefined : `${file} slips past a door: ${target}`;
  }
  if (!target.startsWith('#')) return undefined;

  const wanted = target.slice(1);
  if (wanted.includes('/')) return `${file} looks behind a door: ${target}`;
  if (room === `libs/${wanted}`) return `${file} goes through its own door: ${target}`;
  const isFoundation = room.startsWith('libs/') && foundation.includes(room.slice('libs/'.length));
  const may = allowed[room] ?? [];
  if (may.includes('*') || may.includes(wanted)) return undefined;
  if (foundation.includes(wanted) && room !== 'apps/simulator' && room !== 'migrations') return undefined;
  return `${file} climbs: ${isFoundation ? 'the foundation imports only itself' : `${room} may not import ${wanted}`}`;
}

/** Files that import each other, directly or over others: doors count as files, so rings of rooms are found too. */
function ringsIn(imports: readonly Import[]): string[] {
  const importedBy = new Map<string, string[]>();
  for (const { file, target } of imports) {
    const path = target.startsWith('#')
      ? `libs/${target.slice(1)}/src/index.ts`
      : relative(root, resolve(root, dirname(file), target));
    importedBy.set(file, [...(importedBy.get(file) ?? []), path.replace(/\.js$/, '.ts')]);
  }
  const done = new Set<string>();
  const ringFrom = (file: string, way: readonly string[]): string[] => {
    const at = way.indexOf(file);
    if (at >= 0) return [[...way.slice(at), file].join(' → ')];
    if (done.has(file)) return [];
    const found = (importedBy.get(file) ?? []).flatMap((next) => ringFrom(next, [...way, file]));
    done.add(file);
    return found;
  };
  return [...importedBy.keys()].flatMap((file) => ringFrom(file, []));
}

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Without comments, and without what is only shown to people: what is left is what the code does. */
const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');

const owners = new Map(Object.entries(tablesOf).flatMap(([room, tables]) => tables.map((table) => [table, room] as const)));

/** What a statement does with a table of another room, where it may not. `FROM` and its like read; the rest writes. */
function tableFaultsOf(file: string, text: string): string[] {
  const room = roomOf(file).replace(/^libs\//, '');
  const touched = codeOf(text).matchAll(
    /\b(FROM|JOIN|USING|INTO|(?<!FOR |DO )UPDATE|DELETE FROM|TRUNCATE|LOCK TABLE)\s+(?:ONLY\s+)?(\w+)/g,
  );
  return [...touched].flatMap(([, verb = '', table = '']) => {
    const owner = owners.get(table);
    if (owner === undefined || owner === room) return [];
    const reads = ['FROM', 'JOIN', 'USING'].includes(verb);
    const mayDo = reads ? readersOf : writersBesides;
    return mayDo[table]?.includes(room) ? [] : [`${file} ${reads ? 'reads' : 'writes'} ${table}, which is ${owner}'s`];
  });
}

/** What tells the time of this machine, or throws dice that no test can hold. */
const clockFaultsOf = (file: string, text: string): string[] =>
  [...codeOf(text).matchAll(/\bnew Date\(\)|\bDate\.now\(\)|\bMath\.random\b/g)].map(([call]) => `${file} calls ${call}`);

/** The one clock there is, and folders that an initdb of this very machine left behind. */
const mayReadTheClock = ['libs/runtime/src/clock.ts', 'libs/database/src/embedded/cluster.ts'];

/** WeChat's own names of fields, used as such: what the room of the wire is there to keep. */
const wireFaultsOf = (file: string, text: string): string[] => {
  const names = 'ToUserName|FromUserName|MsgType|EventKey|MsgId|InfoType|ComponentVerifyTicket|AuthorizationCode|AuthorizerAppid';
  const used = codeOf(text).matchAll(new RegExp(`\\.(${names})\\b|->>? ?'(${names})'|\\['(${names})'\\]`, 'g'));
  return [...used].map(([use]) => `${file} speaks WeChat's words: ${use}`);
};

describe('The house', () => {
  const files = ['apps', 'libs', 'migrations'].flatMap(sourcesIn);

  it('lets imports point down only, and through doors', () => {
    const faults = files.filter((file) => !file.endsWith('.spec.ts')).flatMap((file) => importsOf(file).map(faultOf));

    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('has no rings: neither of files nor of rooms', () => {
    const imports = files.filter((file) => !file.endsWith('.spec.ts')).flatMap(importsOf);
    const loop = { file: 'libs/runtime/src/clock.ts', target: '#access' };

    expect(ringsIn(imports.filter(({ target }) => /^[.#]/.test(target)))).toEqual([]);
    expect(ringsIn([...imports, loop])).not.toEqual([]);
  });

  it.each([
    ['libs/app/src/apps.controller.ts', '../../access/src/api-keys.js', 'slips past a door'],
    ['libs/app/src/apps.controller.ts', '#access/api-keys', 'looks behind a door'],
    ['libs/app/src/apps.controller.ts', '#app', 'goes through its own door'],
    ['libs/app/src/apps.controller.ts', '#database', 'climbs'],
    ['libs/access/src/api-keys.ts', '#app', 'climbs'],
    ['apps/simulator/src/main.ts', '#settings', 'climbs'],
    ['migrations/index.ts', '#errors', 'climbs'],
  ])('would notice that %s imports %s', (file, target, fault) => {
    expect(faultOf({ file, target })).toContain(fault);
  });

  it('has no room that the rules do not know', () => {
    const rooms = [
      ...readdirSync(join(root, 'libs')).map((name) => `libs/${name}`),
      ...readdirSync(join(root, 'apps')).map((name) => `apps/${name}`),
    ];
    const known = [...foundation.map((name) => `libs/${name}`), ...Object.keys(allowed)];

    expect(rooms.filter((room) => !known.includes(room))).toEqual([]);
  });

  it('reads the environment in one place', () => {
    const readers = files.filter(
      (file) => !/\.spec\.ts$|\/test\//.test(file) && readFileSync(join(root, file), 'utf8').includes('process.env'),
    );

    expect(readers.filter((file) => !/^apps\/(gateway\/src\/process-settings|simulator\/src\/main)\.ts$/.test(file))).toEqual([]);
  });

  const running = files.filter((file) => /^(libs|apps\/gateway)\//.test(file) && !file.endsWith('.spec.ts'));

  it('lets a room write its own tables alone, and read what the map of tables says', () => {
    expect(running.flatMap((file) => tableFaultsOf(file, textOf(file)))).toEqual([]);
  });

  it('knows the owner of every table', () => {
    const created = sourcesIn('migrations').flatMap((file) =>
      [...textOf(file).matchAll(/CREATE TABLE (\w+)/g)].map(([, table]) => table),
    );

    expect([...owners.keys()].sort()).toEqual(created.sort());
  });

  it('takes the time from the database or the steady clock, and chance from one place', () => {
    const walked = running.filter((file) => !mayReadTheClock.includes(file));

    expect(walked.flatMap((file) => clockFaultsOf(file, textOf(file)))).toEqual([]);
  });

  it('says in the tree what runs by the clock', () => {
    const clocks = running.filter((file) => /@(?:Interval|Cron|Timeout)\(/.test(codeOf(textOf(file))));

    expect(clocks.filter((file) => !/\.jobs\.ts$/.test(file))).toEqual([]);
    expect(clocks).toContain('libs/callback/src/callback.jobs.ts');
  });

  it("leaves WeChat's names of fields to the room of the wire", () => {
    const walked = running.filter((file) => !/^libs\/wechat(-crypto)?\//.test(file));

    expect(walked.flatMap((file) => wireFaultsOf(file, textOf(file)))).toEqual([]);
  });

  it.each([
    [tableFaultsOf, 'await db.query(`UPDATE credential SET fence = 1`)', "writes credential, which is token's"],
    [tableFaultsOf, 'SELECT 1 FROM event JOIN qr_login USING (appid)', "reads qr_login, which is qr-login's"],
    [tableFaultsOf, 'DELETE FROM app WHERE appid = $1', "writes app, which is app's"],
    [clockFaultsOf, 'const isOver = row.expiresAt < new Date();', 'calls new Date()'],
    [clockFaultsOf, 'const left = end - Date.now()', 'calls Date.now()'],
    [clockFaultsOf, 'pause(Math.random() * 5)', 'calls Math.random'],
    [wireFaultsOf, 'if (fields.ToUserName !== userName)', "speaks WeChat's words: .ToUserName"],
    [wireFaultsOf, "SELECT data ->> 'EventKey' FROM event", "speaks WeChat's words"],
  ])('would notice with %p: %s', (faultsOf, text, fault) => {
    expect(faultsOf('libs/webhook/src/webhooks.ts', text).join()).toContain(fault);
  });
});

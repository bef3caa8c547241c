import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** What every room may import: these import only each other. */
const foundation = ['settings', 'errors', 'runtime', 'changes', 'vault', 'access', 'api'];

/** What a room may import beyond the foundation. Arrows point down: a room that is missing here may import nothing more. */
const allowed: Record<string, string[]> = {
  'apps/gateway': ['*'],
  'apps/demo-site': [],
  'apps/simulator': ['wechat-crypto'],
  'libs/account': [],
  'libs/token': ['account', 'wechat'],
  'libs/callback': ['account', 'token', 'wechat'],
  'libs/platform': ['account', 'callback', 'token', 'wechat'],
  'libs/user': ['account', 'callback', 'token', 'wechat'],
  'libs/qr-code': ['token', 'wechat'],
  'libs/qr-login': ['account', 'callback', 'qr-code', 'token', 'user', 'web-auth', 'wechat'],
  'libs/web-auth': ['account', 'callback', 'one-time-code', 'token', 'user', 'wechat'],
  'libs/one-time-code': ['wechat'],
  'libs/message': ['account', 'callback', 'token', 'user', 'wechat'],
  'libs/mini-program': ['account', 'one-time-code', 'token', 'user', 'wechat'],
  'libs/quota': ['account', 'token', 'wechat'],
  'libs/webhook': ['account', 'callback', 'message', 'wechat'],
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

describe('The house', () => {
  const files = ['apps', 'libs', 'migrations'].flatMap(sourcesIn);

  it('lets imports point down only, and through doors', () => {
    const faults = files.filter((file) => !file.endsWith('.spec.ts')).flatMap((file) => importsOf(file).map(faultOf));

    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it.each([
    ['libs/account/src/apps.controller.ts', '../../access/src/api-keys.js', 'slips past a door'],
    ['libs/account/src/apps.controller.ts', '#access/api-keys', 'looks behind a door'],
    ['libs/account/src/apps.controller.ts', '#account', 'goes through its own door'],
    ['libs/account/src/apps.controller.ts', '#database', 'climbs'],
    ['libs/access/src/api-keys.ts', '#account', 'climbs'],
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

    expect(readers.filter((file) => !/^apps\/\w+\/src\/main\.ts$/.test(file))).toEqual([]);
  });
});

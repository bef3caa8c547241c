import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unprivilegedUser, weAreRoot } from './system-user.js';
import { findBinaries, nativeFolder } from './binaries.js';
import type { Home } from './home.js';
import { complaintOf } from './run.js';
import { EmbeddedPostgresUnavailable } from './unavailable.js';

const asRoot = weAreRoot() ? it : it.skip;

describe('The programs of PostgreSQL', () => {
  let temporary: string;
  let linkless: string;

  beforeAll(() => {
    temporary = mkdtempSync(join(tmpdir(), 'embedded-postgres-'));
    chmodSync(temporary, 0o711);
    linkless = packageWithoutLinks();
  });

  afterAll(() => {
    for (const folder of ['', 'bin', 'lib']) chmodSync(join(linkless, folder), 0o755);
    rmSync(temporary, { recursive: true, force: true });
  });

  /** The package as npm has unpacked it, before its postinstall has made the links; without what only a cluster needs. */
  function packageWithoutLinks(): string {
    const installed = nativeFolder(`${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`);
    const native = join(temporary, 'package/native');
    const isNeeded = (path: string) => !/\.a$|\/postgresql$/.test(path);
    cpSync(installed, native, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    cpSync(join(installed, '../package.json'), join(native, '../package.json'));
    const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
    for (const { target } of links) rmSync(join(native, '..', target), { force: true });
    return native;
  }

  function newHome(name: string): Home {
    const folder = join(temporary, name);
    mkdirSync(folder);
    return { folder, ...(weAreRoot() && { user: unprivilegedUser() }) };
  }

  it('are found, and run', async () => {
    const home = newHome('plain');

    const { postgres, initdb, pgCtl } = await findBinaries(home);

    expect(await complaintOf(postgres, ['--version'], home)).toBeUndefined();
    expect(await complaintOf(initdb, ['--version'], home)).toBeUndefined();
    expect(existsSync(pgCtl)).toBe(true);
  });

  it('are copied and linked, once, if the package has no links and is read-only', async () => {
    const home = newHome('linked');
    for (const folder of ['', 'bin', 'lib']) chmodSync(join(linkless, folder), 0o555);

    const { initdb, postgres } = await findBinaries(home, linkless);

    expect(dirname(dirname(initdb))).toBe(join(home.folder, readdirSync(home.folder).join()));
    expect(await complaintOf(initdb, ['--version'], home)).toBeUndefined();
    const copiedAt = statSync(postgres).ctimeMs;
    await findBinaries(home, linkless);
    expect(statSync(postgres).ctimeMs).toBe(copiedAt);
  });

  asRoot('are copied if the user cannot enter their folder', async () => {
    const home = newHome('reachable');
    const native = join(temporary, 'linked', readdirSync(join(temporary, 'linked')).join());
    cpSync(join(linkless, '../package.json'), join(native, '../package.json'));
    expect((await findBinaries(home, native)).postgres).toBe(join(native, 'bin/postgres'));
    chmodSync(dirname(native), 0o700);

    const { postgres } = await findBinaries(home, native);

    expect(postgres.startsWith(home.folder)).toBe(true);
    expect(await complaintOf(postgres, ['--version'], home)).toBeUndefined();
  });

  it('leave no copy behind that does not run', async () => {
    const home = newHome('broken');
    const native = join(temporary, 'broken-package/native');
    mkdirSync(join(native, 'bin'), { recursive: true });
    writeFileSync(join(native, '../package.json'), '{ "version": "1.0.0" }');
    writeFileSync(join(native, 'bin/postgres'), '#!/bin/sh\necho it is broken >&2\nexit 1\n');

    await expect(findBinaries(home, native)).rejects.toThrow(/does not run here: it is broken\. Set DATABASE_URL/);

    expect(readdirSync(home.folder)).toEqual([]);
  });

  it('are missing on a platform nobody has built them for', () => {
    expect(() => nativeFolder('plan9-mips')).toThrow(EmbeddedPostgresUnavailable);
    expect(() => nativeFolder('plan9-mips')).toThrow(/no embedded PostgreSQL for plan9-mips.*Set DATABASE_URL/);
  });
});

import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { unprivilegedAccount, weAreRoot } from './account.js';
import { findBinaries, nativeFolder } from './binaries.js';
import type { Home } from './home.js';
import { complaintOf } from './run.js';
import { EmbeddedPostgresUnavailable } from './unavailable.js';

const installed = nativeFolder(`${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`);
const asRoot = weAreRoot() ? it : it.skip;

describe('The programs of PostgreSQL', () => {
  let folder: string;
  let home: Home;
  const copies = () => readdirSync(folder).filter((name) => !name.startsWith('package'));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'embedded-postgres-'));
    chmodSync(folder, 0o711);
    home = { folder, ...(weAreRoot() && { account: unprivilegedAccount() }) };
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** The package as npm has unpacked it, before its postinstall has made the links. */
  function packageWithoutLinks(): string {
    const native = join(folder, 'package/native');
    cpSync(installed, native, { recursive: true, verbatimSymlinks: true });
    cpSync(join(installed, '../package.json'), join(folder, 'package/package.json'));
    const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
    for (const { target } of links) rmSync(join(folder, 'package', target), { force: true });
    return native;
  }

  it('are used where they were installed', async () => {
    const { postgres, initdb, pgCtl } = await findBinaries(home);

    expect([postgres, initdb, pgCtl].every((program) => existsSync(program))).toBe(true);
    expect(copies()).toEqual(weAreRoot() ? expect.any(Array) : []);
  });

  it('are copied and linked if the package has no links', async () => {
    const { initdb, postgres } = await findBinaries(home, packageWithoutLinks());

    expect(initdb).toMatch(/binaries-[^/]+\/bin\/initdb/);
    expect(await complaintOf(initdb, ['--version'], home)).toBeUndefined();
    expect(copies()).toHaveLength(1);
    const copiedAt = statSync(postgres).ctimeMs;
    await findBinaries(home, join(folder, 'package/native'));
    expect(statSync(postgres).ctimeMs).toBe(copiedAt); // once is enough
  });

  asRoot('are copied if the account cannot enter their folder', async () => {
    const native = packageWithoutLinks();
    chmodSync(join(folder, 'package'), 0o700);

    const { postgres } = await findBinaries(home, native);

    expect(await complaintOf(postgres, ['--version'], home)).toBeUndefined();
  });

  it('leave no copy behind that does not run', async () => {
    const native = packageWithoutLinks();
    writeFileSync(join(native, 'bin/postgres'), '#!/bin/sh\necho it is broken >&2\nexit 1\n');

    await expect(findBinaries(home, native)).rejects.toThrow(/does not run here: it is broken. Set DATABASE_URL/);

    expect(copies()).toEqual([]);
  });

  it('are missing on a platform nobody has built them for', () => {
    expect(() => nativeFolder('plan9-mips')).toThrow(EmbeddedPostgresUnavailable);
    expect(() => nativeFolder('plan9-mips')).toThrow(/no embedded PostgreSQL for plan9-mips.*Set DATABASE_URL/);
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { replaceSecretFile, secretFile } from './secret-file.js';

describe('A file with a secret', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secret-file-'));
    path = join(folder, 'deep/secret');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone, and kept', () => {
    expect(secretFile(path, () => 'first')).toBe('first');

    expect(secretFile(path, () => 'second')).toBe('first');

    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['secret']);
  });

  it('leaves no draft of a process that was killed while it made one, but that of another which lives', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    secretFile(path, () => 'kept');
    for (const name of [pid, process.pid, process.ppid, 'pem']) writeFileSync(`${path}.${name}`, 'half');

    secretFile(path, () => 'another');

    expect(readdirSync(join(folder, 'deep')).sort()).toEqual(['secret', `secret.${process.ppid}`, 'secret.pem'].sort());
  });

  it('is replaced whole: whoever reads it meanwhile reads the one or the other', () => {
    secretFile(path, () => 'former');
    const reader = statSync(path).ino;

    replaceSecretFile(path, 'later');

    expect(readFileSync(path, 'utf8')).toBe('later');
    // Another file, so the former one was never half of anything.
    expect(statSync(path).ino).not.toBe(reader);
  });
});

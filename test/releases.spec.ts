import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { compareVersions, ownVersion, releaseBefore, releases, root } from './upgrade/releases.js';

const advice = 'docs/releasing.md says how a release is made';
const headings = [...readFileSync(join(root, 'CHANGELOG.md'), 'utf8').matchAll(/^## \[?([^\]\s]+)/gm)].map(([, name]) => name);

/** So that a failure also says what to do. */
const expectThat = (claim: string, isTrue: boolean) => expect([claim, isTrue, advice]).toEqual([claim, true, advice]);

describe('The list of releases', () => {
  it('names each by its version and whole commit, the oldest first', () => {
    for (const { version, commit } of releases) {
      expectThat(`${version} is named by forty hex digits`, /^[0-9a-f]{40}$/.test(commit));
      expectThat(`${version} is a release, not a stage before one`, /^\d+\.\d+\.\d+$/.test(version));
    }
    const versions = releases.map(({ version }) => version);
    expectThat(`${versions.join(', ')} ascend`, versions.join() === [...new Set(versions)].sort(compareVersions).join());
  });

  it('ends before the version of this tree, which the lock file and the changelog agree about', () => {
    for (const { version } of releases)
      expectThat(`${version} comes before ${ownVersion}`, compareVersions(version, ownVersion) < 0);
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      version: string;
      packages: { '': { version: string } };
    };
    expect([lock.version, lock.packages[''].version]).toEqual([ownVersion, ownVersion]);
    expectThat(
      `the changelog begins with ${String(headings[0])} at ${ownVersion}`,
      headings[0] === (ownVersion.includes('-') ? 'Unreleased' : ownVersion),
    );
  });

  it('and the changelog tell of the same releases', () => {
    const versions = releases.map(({ version }) => version);
    const told = headings.filter((name) => name !== 'Unreleased' && name !== ownVersion);
    expect(told).toEqual(versions.reverse());
  });
});

describe('Versions', () => {
  it('are ordered as Semantic Versioning says', () => {
    const ordered = ['0.1.0', '0.2.0-1', '0.2.0-dev', '0.2.0-dev.2', '0.2.0-dev.10', '0.2.0', '0.10.0', '1.0.0-rc', '1.0.0'];

    for (const [place, version] of ordered.entries())
      for (const [other, against] of ordered.entries())
        expect([version, against, Math.sign(compareVersions(version, against))]).toEqual([
          version,
          against,
          Math.sign(place - other),
        ]);
    expect(() => compareVersions('0.2', '0.1.0')).toThrow('is not a version');
  });

  it('tell the release before: the newest that is lower', () => {
    const among = ['0.1.0', '0.2.0', '0.10.0'].map((version) => ({ version, commit: version }));

    expect(releaseBefore('0.2.0-dev', among).version).toBe('0.1.0');
    expect(releaseBefore('0.10.0-dev', among).version).toBe('0.2.0');
    expect(releaseBefore('0.11.0', among).version).toBe('0.10.0');
    expect(() => releaseBefore('0.1.0', among)).toThrow('docs/releasing.md');
  });
});

import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '..');

/** Names that are given in a source: `file utils.ts`, `class Apps`, `method renew`, and `name …` for all else that is declared. */
function namesIn(file: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '').replace(/'[^'\n]*'|`[^`]*`/g, "''");
  const classes = code.matchAll(/\bclass\s+(\w+)/g);
  const declared = code.matchAll(/\b(?:interface|enum|function|const|let|readonly|type(?=\s+\w+\s*=))\s+(\w+)/g);
  const methods = code.matchAll(
    /^ {2}(?:private |protected |static |abstract |override |async |get |set )*(\w+)(?:<[^>]*>)?\(/gm,
  );
  const all = (kind: string, found: Iterable<RegExpExecArray>): string[] => [...found].map(([, name = '']) => `${kind} ${name}`);
  return [`file ${basename(file)}`, ...all('class', classes), ...all('name', declared), ...all('method', methods)];
}

interface Banned {
  readonly name: RegExp;
  readonly say: string;
  /** Where the word is WeChat's own, or the simulator's. */
  readonly except?: RegExp;
}

const banned: readonly Banned[] = [
  {
    name: / accounts?\b|Accounts?(?!Kind|Status)\b|account-|-accounts?\b/,
    say: 'app, authorizer or follower',
    except: /^libs\/wechat\/|fficial-?Account|simulator/,
  },
  { name: / voices?[A-Z.-]|(?<! )[vV]oices?(?=$|[A-Z.-])/, say: 'reply rules or texts' },
  { name: /^class \w+(?:Order|Patch|Wanted|Shape|Dto)$/, say: '…Request, …Change or …Part' },
  { name: /^method (?:issueWith|callWith|checkAlso|proveBy|onArrival)$/, say: 'register… or watch' },
  {
    name: /^file (?:common|shared|utils?|helpers?|types|interfaces)\.|(?:Helper|Util|Impl)$|^class \w+Manager$/,
    say: 'what it is',
  },
];

const faultsOf = (file: string, text: string): string[] =>
  namesIn(file, text).flatMap((name) =>
    banned
      .filter((one) => one.name.test(name) && !one.except?.test(`${file} ${name}`))
      .map(({ say }) => `${file} has the ${name}: say ${say}`),
  );

describe('The words of the house', () => {
  const files = ['apps/gateway', 'libs', 'test', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );

  it('are one per idea, as docs/glossary.md says', () => {
    expect(files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it.each([
    ['libs/a/src/accounts.ts', ''],
    ['libs/a/src/a.ts', 'export class Accounts {}'],
    ['libs/a/src/a.ts', 'const account = await this.apps.get(appid);'],
    ['libs/a/src/a.ts', 'class LoginWanted {}'],
    ['libs/a/src/a.ts', 'export class AppVoices {}'],
    ['libs/a/src/a.ts', '  issueWith(issuer: Issuer): void {'],
    ['libs/a/src/helpers.ts', ''],
    ['libs/a/src/a.ts', 'class TokenManager {}'],
  ])('would notice in %s: %s', (file, text) => {
    expect(faultsOf(file, text)).toHaveLength(1);
  });

  it('are in the glossary, of forty lines at most', () => {
    const lines = readFileSync(join(root, 'docs/glossary.md'), 'utf8').trimEnd().split('\n');

    expect(lines.length).toBeLessThanOrEqual(40);
  });
});

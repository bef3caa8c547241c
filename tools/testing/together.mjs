// The specs that drive whole gateways, some of them in one file. Jest gives each file modules of its own: reading all that a
// gateway is made of, and running it until it is quick, takes 3 to 4 seconds of CPU, which is more than most specs need.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export const together = 'dist/together';

/** For each worker as many as let it end with the others. */
const filesPerWorker = 3;

/** For a run of all specs: what Jest's configuration must know, as environment. Who names a file runs that one, as it is. */
export function specsTogether(args, env) {
  if (env.BROWSER !== undefined || args.some((arg) => !arg.startsWith('-'))) return {};
  putSpecsTogether();
  return { TOGETHER: together };
}

function putSpecsTogether() {
  const specs = readdirSync('test')
    .filter((name) => /(?<!\.browser)\.spec\.ts$/.test(name))
    .map((name) => ({ name: name.replace(/\.spec\.ts$/, ''), size: statSync(join('test', name)).size }))
    .sort((one, other) => other.size - one.size);
  const count = Math.min(specs.length, filesPerWorker * availableParallelism());
  const groups = Array.from({ length: count }, () => ({ names: [], size: 0 }));
  for (const { name, size } of specs) {
    const least = groups.reduce((one, other) => (other.size < one.size ? other : one));
    least.names.push(name);
    least.size += size;
  }
  mkdirSync(together, { recursive: true });
  // A name that holds all of theirs would be too long for a file where few workers share many specs.
  const wanted = new Map(
    groups.map(({ names: [first, ...others] }) => [
      `${first}-and-${others.length}-more.spec.ts`,
      [first, ...others].map((name) => `import '../../test/${name}.spec.js';\n`).join(''),
    ]),
  );
  // What is as it should be is left alone: another run may be reading it.
  for (const old of readdirSync(together)) if (!wanted.has(old)) rmSync(join(together, old), { force: true });
  for (const [file, text] of wanted) {
    const path = join(together, file);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  }
}

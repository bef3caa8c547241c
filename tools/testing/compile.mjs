// Tests start processes from the build, and the tools around them import it. It is made by `npm run build`, or here: one run
// of the compiler checks the types of everything, tests included, and writes what changed.
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './children.mjs';

// The compiler's own note of what it knows is no sign: a check of the types alone writes it too.
const stamp = 'dist/compiled';
const builds = [stamp, 'dist/tsconfig.build.tsbuildinfo'];

export async function compile() {
  const begun = new Date();
  const code = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
  if (code === 0) markCompiled(begun);
  return code;
}

/** What was changed meanwhile is not in it. */
export function markCompiled(begun) {
  writeFileSync(stamp, '');
  utimesSync(stamp, begun, begun);
}

/** The exit code of the compiler, 0 where it had nothing to do. */
export async function compileIfStale() {
  const built = Math.max(0, ...builds.filter((file) => existsSync(file)).map((file) => statSync(file).mtimeMs));
  return built > Math.max(...['apps', 'libs', 'migrations'].map(newest)) ? 0 : compile();
}

/** Of a folder's sources, the moment of the last change. A deleted file changes its folder. */
function newest(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const sources = entries.filter((entry) => entry.isDirectory() || entry.name.endsWith('.ts'));
  return Math.max(...sources.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}

// Jest with what the tests need around it: a build that is not stale, a database server, a folder for all they leave behind.
// `npm run jest -- [Jest's own arguments]`.
import { fileURLToPath } from 'node:url';
import { exitCode, run, stopAtSignals } from './testing/children.mjs';
import { compileIfStale } from './testing/compile.mjs';
import { startDatabase } from './testing/database.mjs';
import { makeRunFolder, sweep, sweepAbandonedRuns } from './testing/run-folder.mjs';
import { specsTogether } from './testing/together.mjs';

/** Room for what is young: less garbage is carried along. */
const roomForYoung = '--max-semi-space-size=64';
/** For what stands still anyway while garbage is collected. Gateways under test must not: WeChat waits for them. */
export const oneThread = [roomForYoung, '--single-threaded-gc'];
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  roomForYoung,
  'node_modules/jest/bin/jest.js',
];

/** Answers the exit code. Nothing of it is left behind, also where a signal ended it. */
export async function runJest(args, { env = {}, milliseconds } = {}) {
  stopAtSignals();
  await sweepAbandonedRuns();
  const compiled = await compileIfStale();
  if (compiled !== 0) return exitCode(compiled);
  const folder = makeRunFolder();
  let database;
  try {
    database = await startDatabase(folder);
    const places = { TMPDIR: folder, TEMP: folder, TMP: folder };
    const code = await run(process.execPath, [...jest, ...args], {
      env: { ...process.env, ...places, ...database.env, ...specsTogether(args, env), ...env },
      milliseconds,
    });
    const isTidy = await database.end();
    database = undefined;
    if (!isTidy && exitCode(0) === 0) console.error('A test left a connection open: the embedded server was still in use');
    return exitCode(isTidy ? code : code || 1);
  } finally {
    await database?.end();
    await sweep(folder);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await runJest(process.argv.slice(2)));

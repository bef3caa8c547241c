import { readFileSync } from 'node:fs';
import { type SettingName, secretNames } from './settings-table.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export const hasText = (env: Environment, name: string): boolean => Boolean(env[name]?.trim());
export const fileOf = (name: string): string => `${name}_FILE`;

/** In the environment or in a file. */
export const isGiven = (env: Environment, name: SettingName): boolean =>
  hasText(env, name) || (secretNames.includes(name) && hasText(env, fileOf(name)));

/**
 * Reads secrets from files, as Docker and Kubernetes mount them: MASTER_KEY_FILE names the file with MASTER_KEY. Returns the
 * environment with their contents. A fault never repeats the value, because somebody may have put the secret itself there.
 */
export function withSecretFiles(env: Environment, faults: string[]): Environment {
  const read: Record<string, string> = {};
  for (const name of secretNames.filter((one) => hasText(env, fileOf(one)))) {
    if (hasText(env, name)) {
      faults.push(`${name} and ${fileOf(name)} are both given: keep one of them`);
      continue;
    }
    try {
      read[name] = readFileSync(env[fileOf(name)]?.trim() ?? '', 'utf8').replace(/\r?\n$/, '');
      if (!hasText(read, name)) faults.push(`${fileOf(name)} names an empty file`);
    } catch (error) {
      faults.push(`${fileOf(name)} names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  }
  return { ...env, ...read };
}

import { readFileSync } from 'node:fs';
import { type SettingName, secretNames } from './settings-table.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export const hasText = (env: Environment, name: string): boolean => Boolean(env[name]?.trim());
export const fileOf = (name: string): string => `${name}_FILE`;

/** In the environment itself, or by a file. */
export const isGiven = (env: Environment, name: SettingName): boolean =>
  hasText(env, name) || (secretNames.includes(name) && hasText(env, fileOf(name)));

/**
 * A secret may lie in a file, as Docker and Kubernetes mount them: MASTER_KEY_FILE names the one that holds MASTER_KEY.
 * Gives the environment with what these files hold. A fault repeats nothing: somebody may have put the secret itself there.
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

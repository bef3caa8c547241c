import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { masterKeyId } from './envelope.js';

export interface MasterKey {
  readonly id: string;
  readonly bytes: Buffer;
}

export const withId = (bytes: Buffer): MasterKey => ({ id: masterKeyId(bytes), bytes });

const fileIn = (dataDir: string): string => join(dataDir, 'master-key');

export function masterKeyFrom(dataDir: string): MasterKey | undefined {
  let text: string;
  try {
    text = readFileSync(fileIn(dataDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== 32) throw new Error(`${fileIn(dataDir)} does not hold a master key (32 bytes in base64)`);
  return withId(bytes);
}

/** Makes the key file once. Two processes that start together end up with the same key: linking a name twice fails. */
export function makeMasterKeyIn(dataDir: string): MasterKey {
  mkdirSync(dataDir, { recursive: true });
  const draft = `${fileIn(dataDir)}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, fileIn(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  const key = masterKeyFrom(dataDir);
  if (!key) throw new Error(`${fileIn(dataDir)} vanished while it was made`);
  return key;
}

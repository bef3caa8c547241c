import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { masterKeyId } from './envelope.js';
import { secretFile, secretIn } from './secret-file.js';

export interface MasterKey {
  readonly id: string;
  readonly bytes: Buffer;
}

export const withId = (bytes: Buffer): MasterKey => ({ id: masterKeyId(bytes), bytes });

const fileIn = (dataDir: string): string => join(dataDir, 'master-key');

export function masterKeyFrom(dataDir: string): MasterKey | undefined {
  const text = secretIn(fileIn(dataDir));
  return text === undefined ? undefined : keyOf(text, dataDir);
}

export const makeMasterKeyIn = (dataDir: string): MasterKey =>
  keyOf(
    secretFile(fileIn(dataDir), () => `${randomBytes(32).toString('base64')}\n`),
    dataDir,
  );

function keyOf(text: string, dataDir: string): MasterKey {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== 32) throw new Error(`${fileIn(dataDir)} does not hold a master key (32 bytes in base64)`);
  return withId(bytes);
}

import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Settings } from '#settings';

/** What the sandbox shows again at every start. */
export interface SandboxCredentials {
  readonly admin_token: string;
  readonly api_key?: string;
}

const sandboxFile = (settings: Settings): string => join(settings.dataDir, 'sandbox.json');
export const adminTokenFile = (settings: Settings): string => join(settings.dataDir, 'admin-token');

/** An admin token for `npm start`: the one given, else one made at the first start and kept. */
export function withLocalAdminToken(settings: Settings): Settings {
  if (settings.adminToken !== undefined) return settings;
  mkdirSync(settings.dataDir, { recursive: true });
  const adminToken = settings.sandbox
    ? readSandbox(settings).admin_token
    : keptOrMade(adminTokenFile(settings), () => `${newToken()}\n`).trim();
  return Object.freeze(Object.assign(new Settings(), settings, { adminToken }));
}

export function readSandbox(settings: Settings): SandboxCredentials {
  const text = keptOrMade(sandboxFile(settings), () => JSON.stringify({ admin_token: newToken() }, undefined, 2));
  return JSON.parse(text) as SandboxCredentials;
}

export function keepSandbox(settings: Settings, credentials: SandboxCredentials): void {
  mkdirSync(settings.dataDir, { recursive: true });
  writeFileSync(sandboxFile(settings), `${JSON.stringify(credentials, undefined, 2)}\n`, { mode: 0o600 });
}

const newToken = (): string => randomBytes(32).toString('hex');

/** Linking a name twice fails, so two processes that start together end up with the same file, never with half of one. */
function keptOrMade(file: string, make: () => string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, make(), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8');
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Settings } from '#settings';
import { replaceSecretFile, secretFile } from '#vault';

/** The credentials that the sandbox shows at every start. */
export interface SandboxCredentials {
  readonly admin_token: string;
  readonly api_key?: string;
}

const sandboxFile = (settings: Settings): string => join(settings.dataDir, 'sandbox.json');
export const adminTokenFile = (settings: Settings): string => join(settings.dataDir, 'admin-token');

/** The admin token for `npm start`: the given one, or one that was made at the first start and kept. */
export function withLocalAdminToken(settings: Settings): Settings {
  if (settings.adminToken !== undefined) return settings;
  const adminToken = settings.sandbox
    ? readSandbox(settings).admin_token
    : secretFile(adminTokenFile(settings), () => `${newToken()}\n`).trim();
  return Object.freeze(Object.assign(new Settings(), settings, { adminToken }));
}

export function readSandbox(settings: Settings): SandboxCredentials {
  const text = secretFile(sandboxFile(settings), () => JSON.stringify({ admin_token: newToken() }, undefined, 2));
  return JSON.parse(text) as SandboxCredentials;
}

export function keepSandbox(settings: Settings, credentials: SandboxCredentials): void {
  replaceSecretFile(sandboxFile(settings), `${JSON.stringify(credentials, undefined, 2)}\n`);
}

const newToken = (): string => randomBytes(32).toString('hex');

// Secrets sealed at rest: the only room that knows the master keys.
export { isSameText } from './same-text.js';
export { replaceSecretFile, secretFile } from './secret-file.js';
export { MasterKeyMissing, type Place, Vault } from './vault.js';
export { VaultModule } from './vault.module.js';

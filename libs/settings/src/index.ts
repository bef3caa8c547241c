// The environment, read once into a frozen `Settings`, every fault reported at once.
export { Settings, SettingsRefused, readSettings } from './settings.js';
export { isGiven } from './secret-files.js';
export { SettingsModule } from './settings.module.js';
export { blockList, isNetwork } from './parsers.js';
export { envExample } from './settings-table.js';

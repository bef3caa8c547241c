// The environment, read once into a frozen `Settings`, every fault reported at once.
export { Settings, SettingsRefused, readSettings } from './settings.js';
export { SettingsModule } from './settings.module.js';
export { envExample } from './settings-table.js';

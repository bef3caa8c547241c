// The menus of official accounts: created, read and deleted at WeChat, which keeps them.
export { MenuModule } from './menu.module.js';

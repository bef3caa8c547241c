// The menus of official accounts: made, read and taken away at WeChat, whose row they are.
export { MenuModule } from './menu.module.js';

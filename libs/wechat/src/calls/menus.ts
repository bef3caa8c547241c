import { permissionSets } from '../permission-sets.js';
import { declared } from '../wechat-call.js';

// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html

export type MenuButton = Readonly<Record<string, unknown>>;

const noMenu = 46003;
const permissionSet = permissionSets.menus;

/** Undefined where the account has none that was made by a call. */
export const getMenu = declared('GET', '/cgi-bin/menu/get', 'app', {
  permissionSet,
  gives: (answer): MenuButton[] | undefined => {
    const button = answer.whole('menu')?.['button'];
    return Array.isArray(button) ? (button as MenuButton[]) : [];
  },
  refused: (error) => {
    if (error.refusal.errcode === noMenu) return undefined;
    throw error;
  },
});

export const putMenu = declared('POST', '/cgi-bin/menu/create', 'app', {
  permissionSet,
  takes: (button: readonly MenuButton[]) => ({ button }),
});

export const deleteMenu = declared('GET', '/cgi-bin/menu/delete', 'app', { permissionSet });

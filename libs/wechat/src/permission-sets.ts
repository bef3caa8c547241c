import { callAt } from './call-facts.js';

/** What an account can allow a platform, by WeChat's number. Its name is WeChat's own, and in English. */
export interface PermissionSet {
  readonly id: number;
  /** Later ones are not known here: their number is their name. */
  readonly name: string;
}

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/product/third_party_authority_instructions.html */
const names = new Map<number, string>([
  [1, '消息管理 messages'],
  [2, '用户管理 users'],
  [3, '帐号服务 account services'],
  [4, '网页服务 web services'],
  [5, '微信小店 shop'],
  [6, '多客服 customer service'],
  [7, '群发与通知 mass sending and notices'],
  [8, '微信卡券 cards'],
  [9, '微信扫一扫 scan'],
  [10, '连WIFI Wi-Fi'],
  [11, '素材管理 media'],
  [12, '摇周边 shake nearby'],
  [13, '微信门店 stores'],
  [14, '微信支付 payment'],
  [15, '自定义菜单 menus'],
]);

export const permissionSets = { messages: 1, users: 2, accountServices: 3, webServices: 4, notices: 7, menus: 15 } as const;

export const permissionSet = (id: number): PermissionSet => ({ id, name: names.get(id) ?? String(id) });

/** Which set a call belongs to, where that is known. */
export function permissionSetOf(path: string): PermissionSet | undefined {
  const id = callAt(path)?.permissionSet;
  return id === undefined ? undefined : permissionSet(id);
}

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

export const permissionSets = { messages: 1, users: 2, accountServices: 3, webServices: 4 } as const;

export const permissionSet = (id: number): PermissionSet => ({ id, name: names.get(id) ?? String(id) });

/** The first that the path begins like. Only where it is certain: else a missing permission keeps WeChat's own words. */
const byPath: readonly (readonly [prefix: string, id: number])[] = [
  ['/cgi-bin/message/template/', 7],
  ['/cgi-bin/template/', 7],
  ['/cgi-bin/message/mass/', 7],
  ['/cgi-bin/message/custom/', 1],
  ['/cgi-bin/user/', 2],
  ['/cgi-bin/tags/', 2],
  ['/cgi-bin/qrcode/', 3],
  ['/cgi-bin/ticket/', 4],
  ['/sns/oauth2/', 4],
  ['/customservice/', 6],
  ['/card/', 8],
  ['/cgi-bin/media/', 11],
  ['/cgi-bin/material/', 11],
  ['/cgi-bin/menu/', 15],
];

/** Which set an API belongs to, where that is known. */
export function permissionSetOf(path: string): PermissionSet | undefined {
  const id = byPath.find(([prefix]) => path.startsWith(prefix))?.[1];
  return id === undefined ? undefined : permissionSet(id);
}

/**
 * The apps with which WeChat tests a platform before its release, by appid, with the original id of their messages. WeChat
 * draws one of the five pairs.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/operation/thirdparty/releases_instructions.html
 */
const testApps = new Map<string, string>([
  ['wx570bc396a51b8ff8', 'gh_3c884a361561'],
  ['wxd101a85aa106f53e', 'gh_8dad206e9538'],
  ['wx9252c5e0bb1836fc', 'gh_c0f28a78b318'],
  ['wxc39235c15087f6f3', 'gh_905ae9d01059'],
  ['wx8e1097c5bc82cde9', 'gh_3f222ed8d140'],
  ['wx7720d01d4b2a4500', 'gh_393666f1fdf4'],
  ['wx14550af28c71a144', 'gh_26128078e9ab'],
  ['wx05d483572dcd5d8b', 'gh_39abb5d4e1b7'],
  ['wxa35b9c23cfe664eb', 'gh_2b3713f184a6'],
  ['wx5910277cae6fd970', 'gh_7818dcb60240'],
]);

/** The beginning of a test message with a code. */
export const codeTest = 'QUERY_AUTH_CODE:';

export const testUserName = (appid: string): string | undefined => testApps.get(appid);

/** The code that a test message carries, if it is one. */
export const ownTestCode = (appid: string, content: string): string | undefined =>
  testApps.has(appid) && content.startsWith(codeTest) ? content.slice(codeTest.length).trim() || undefined : undefined;

/** The answer that a text test expects at once. */
export const textTestAnswer = (appid: string, content: string): string | undefined =>
  testApps.has(appid) && content.trim() === 'TESTCOMPONENT_MSG_TYPE_TEXT' ? `${content.trim()}_callback` : undefined;

/** Older tests push an event and expect its name. */
export const eventTestAnswer = (appid: string, event: string): string | undefined =>
  testApps.has(appid) ? `${event}from_callback` : undefined;

/** The message after the code of a test was exchanged. */
export const codeTestMessage = (code: string): string => `${code}_from_api`;

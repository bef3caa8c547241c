import { type App } from '../apps.js';
import { type Call, textField } from '../call.js';
import { type Endpoint, json } from '../endpoint.js';
import { openidOf, type Person, unionidOf } from '../people.js';
import { Refusal } from '../refusal.js';
import { type Json } from '../wire-json.js';

const mostAtOnce = 100;

/** https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html */
export const userInfo: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/user/info',
  caller: 'token',
  dayLimit: { normal: 5_000_000, sandbox: 500_000 },
  answer(call, app) {
    const person = call.world.personOf(app, call.required('openid', 41009));
    if (!person) throw new Refusal(40003);
    return json(call, profile(call, app, person));
  },
};

export const userInfoBatch: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/user/info/batchget',
  caller: 'token',
  dayLimit: { normal: 5_000_000, sandbox: 500_000 },
  answer(call, app) {
    const list = call.json()['user_list'];
    if (!Array.isArray(list) || list.length === 0) throw new Refusal(40097);
    if (list.length > mostAtOnce) throw new Refusal(40035);
    return json(call, { user_info_list: list.map((wanted: unknown) => entry(call, app, wanted)) });
  },
};

function entry(call: Call, app: App, wanted: unknown): Json {
  const openid = typeof wanted === 'object' && wanted !== null ? textField({ ...wanted }, 'openid') : undefined;
  if (!openid) throw new Refusal(41009);
  const person = call.world.personOf(app, openid);
  return person ? profile(call, app, person) : stranger(openid);
}

const stranger = (openid: string, unionid?: string): Json => ({ subscribe: 0, openid, unionid, tagid_list: [] });

/** Since 2021-12-27 the personal fields are there and blank. */
function profile(call: Call, app: App, person: Person): Json {
  const following = person.following.get(app.appid);
  const openid = openidOf(person, app);
  const unionid = unionidOf(person, app);
  if (!following) return stranger(openid, call.world.switches.non_follower_has_unionid ? unionid : undefined);
  return {
    subscribe: 1,
    openid,
    nickname: '',
    sex: 0,
    language: person.language,
    city: '',
    province: '',
    country: '',
    headimgurl: '',
    subscribe_time: following.since,
    unionid,
    remark: person.remarks.get(app.appid) ?? '',
    groupid: 0,
    tagid_list: [],
    subscribe_scene: following.subscribeScene,
    qr_scene: following.qrScene,
    qr_scene_str: following.qrSceneStr,
  };
}

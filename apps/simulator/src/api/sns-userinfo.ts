import { type Endpoint, json, ok } from '../endpoint.js';
import { type Call } from '../call.js';
import { type Grant } from '../oauth-grants.js';
import { Refusal } from '../refusal.js';

/**
 * Since the end of 2021 sex and places are blank; name and picture are still given here.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html#3
 */
export const snsUserinfo: Endpoint = {
  verb: 'GET',
  path: '/sns/userinfo',
  caller: 'anyone',
  answer(call) {
    const grant = grantOf(call);
    if (grant.scope === 'snsapi_base') throw new Refusal(48001);
    return json(call, {
      openid: grant.openid,
      nickname: grant.isSnapshot ? '微信用户' : grant.person.name,
      sex: 0,
      province: '',
      city: '',
      country: '',
      headimgurl: grant.isSnapshot ? '' : grant.person.avatar,
      privilege: [],
      unionid: grant.unionid,
    });
  },
};

/** Whether a user token is still good for an openid. */
export const snsAuth: Endpoint = {
  verb: 'GET',
  path: '/sns/auth',
  caller: 'anyone',
  answer(call) {
    grantOf(call);
    return ok(call);
  },
};

function grantOf(call: Call): Grant {
  const { grant } = call.world.grants.tokenOf(call.required('access_token', 41001));
  call.appid = grant.appid;
  if (call.required('openid', 41009) !== grant.openid) throw new Refusal(40003);
  return grant;
}

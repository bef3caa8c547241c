import { type Endpoint } from '../endpoint.js';
import { authorizationOfSnsCall } from '../platform-callers.js';
import { Refusal } from '../refusal.js';
import { sessionAnswer } from './mini-login.js';
import { userTokenAnswer } from './sns-access-token.js';

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Official_Accounts/official_account_website_authorization.html */
export const snsComponentAccessToken: Endpoint = {
  verb: 'GET',
  path: '/sns/oauth2/component/access_token',
  caller: 'anyone',
  answer(call) {
    const { app, platform } = authorizationOfSnsCall(call);
    const code = call.required('code', 41008);
    if (call.query.get('grant_type') !== 'authorization_code') throw new Refusal(40002);
    return userTokenAnswer(call, call.world.grants.exchange(code, { app, platform }), 'first');
  },
};

export const snsComponentRefreshToken: Endpoint = {
  verb: 'GET',
  path: '/sns/oauth2/component/refresh_token',
  caller: 'anyone',
  answer(call) {
    const { app, platform } = authorizationOfSnsCall(call);
    if (call.query.get('grant_type') !== 'refresh_token') throw new Refusal(40002);
    const refreshed = call.world.grants.refresh(call.required('refresh_token', 41003), { app, platform });
    return userTokenAnswer(call, refreshed, 'refresh');
  },
};

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/others/WeChat_login.html */
export const componentJscode2session: Endpoint = {
  verb: 'GET',
  path: '/sns/component/jscode2session',
  caller: 'anyone',
  answer(call) {
    const { app } = authorizationOfSnsCall(call);
    if (app.kind !== 'mini_program') throw new Refusal(40013);
    if (call.query.get('grant_type') !== 'authorization_code') throw new Refusal(40002);
    return sessionAnswer(call, app);
  },
};

import { type Authorization } from '../authorizations.js';
import { textField } from '../call.js';
import { type Endpoint, json } from '../endpoint.js';
import { authorizationOf } from '../platform-callers.js';

export const funcInfo = ({ permissionSets }: Authorization) => permissionSets.map((id) => ({ funcscope_category: { id } }));

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/authorization_info.html */
export const queryAuth: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/api_query_auth',
  caller: 'platform',
  answer(call, platform, body) {
    const { authorizations } = call.world;
    const authorization = authorizations.exchange(platform, textField(body, 'authorization_code') ?? '');
    const token = authorizations.accessToken(authorization);
    return json(call, {
      authorization_info: {
        authorizer_appid: authorization.app.appid,
        authorizer_access_token: token.value,
        expires_in: token.secondsLeft,
        authorizer_refresh_token: authorization.refreshToken,
        func_info: funcInfo(authorization),
      },
    });
  },
};

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/api_authorizer_token.html */
export const authorizerToken: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/api_authorizer_token',
  caller: 'platform',
  answer(call, platform, body) {
    const { authorizations } = call.world;
    const authorization = authorizationOf(call, platform, textField(body, 'authorizer_appid'));
    authorizations.refresh(authorization, textField(body, 'authorizer_refresh_token') ?? '');
    const token = authorizations.accessToken(authorization);
    return json(call, {
      authorizer_access_token: token.value,
      expires_in: token.secondsLeft,
      authorizer_refresh_token: authorization.refreshToken,
    });
  },
};

import { type PlatformAuthorization } from '../platform-authorizations.js';
import { type Call, textField } from '../call.js';
import { type Endpoint, json } from '../endpoint.js';
import { authorizationOf } from '../platform-callers.js';

export const funcInfo = ({ permissionSets }: PlatformAuthorization) =>
  permissionSets.map((id) => ({ funcscope_category: { id } }));

/** https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/authorization_info.html */
export const queryAuth: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/component/api_query_auth',
  caller: 'platform',
  answer(call, platform, body) {
    const { authorizations } = call.world;
    const authorization = authorizations.exchange(platform, textField(body, 'authorization_code') ?? '');
    return json(call, {
      authorization_info: {
        authorizer_appid: authorization.app.appid,
        ...(call.world.switches.query_auth_tells_tokens ? tokensOf(call, authorization) : {}),
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
    return json(call, tokensOf(call, authorization));
  },
};

function tokensOf(call: Call, authorization: PlatformAuthorization) {
  const token = call.world.authorizations.accessToken(authorization);
  return {
    authorizer_access_token: token.value,
    expires_in: token.secondsLeft,
    authorizer_refresh_token: authorization.refreshToken,
  };
}

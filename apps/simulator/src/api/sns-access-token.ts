import { checkSecret } from '../base-tokens.js';
import { type Call } from '../call.js';
import { type Answer, type Endpoint, json } from '../endpoint.js';
import { type UserToken } from '../oauth-grants.js';
import { Refusal } from '../refusal.js';

/** https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html#1 */
export const snsAccessToken: Endpoint = {
  verb: 'GET',
  path: '/sns/oauth2/access_token',
  caller: 'anyone',
  answer(call) {
    const app = checkSecret(call.app(call.required('appid', 41002)), {
      secret: call.query.get('secret') ?? undefined,
      wrongSecret: 40125,
      from: call.clientIp,
    });
    const code = call.required('code', 41008);
    if (call.query.get('grant_type') !== 'authorization_code') throw new Refusal(40002);
    return userTokenAnswer(call, call.world.grants.exchange(code, { app }), 'first');
  },
};

/** A refresh answers the same without unionid. `is_snapshotuser` is there only when it is 1. */
export function userTokenAnswer(call: Call, token: UserToken, occasion: 'first' | 'refresh'): Answer {
  const { grant } = token;
  const flagged = occasion === 'first' && grant.isSnapshot && !call.world.switches.snapshot_flag_missing;
  return json(call, {
    access_token: token.value,
    expires_in: token.expiresAt - call.world.clock.seconds(),
    refresh_token: token.refreshToken,
    openid: grant.openid,
    scope: grant.scope,
    is_snapshotuser: flagged ? 1 : undefined,
    unionid: occasion === 'first' ? grant.unionid : undefined,
  });
}

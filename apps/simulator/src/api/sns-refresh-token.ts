import { type Endpoint } from '../endpoint.js';
import { Refusal } from '../refusal.js';
import { userTokenAnswer } from './sns-access-token.js';

/** No secret: who holds the refresh token may use it. */
export const snsRefreshToken: Endpoint = {
  verb: 'GET',
  path: '/sns/oauth2/refresh_token',
  caller: 'anyone',
  answer(call) {
    const app = call.app(call.required('appid', 41002));
    if (!app) throw new Refusal(40013);
    if (call.query.get('grant_type') !== 'refresh_token') throw new Refusal(40002);
    const refreshed = call.world.grants.refresh(call.required('refresh_token', 41003), { app });
    return userTokenAnswer(call, refreshed, 'refresh');
  },
};

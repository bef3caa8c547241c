import { type Endpoint, json } from '../endpoint.js';
import { openidOf } from '../people.js';
import { Refusal } from '../refusal.js';

/** https://developers.weixin.qq.com/doc/offiaccount/User_Management/Getting_a_User_List.html */
export const userGet: Endpoint = {
  verb: 'GET',
  path: '/cgi-bin/user/get',
  caller: 'token',
  dayLimit: { normal: 500, sandbox: 100 },
  answer(call, app) {
    const followers = [...call.world.people.values()]
      .filter((person) => person.following.has(app.appid))
      .map((person) => openidOf(person, app));
    const after = call.query.get('next_openid') ?? '';
    if (after && !call.world.personOf(app, after)) throw new Refusal(40003);
    const start = after ? followers.indexOf(after) + 1 : 0;
    const page = followers.slice(start, start + call.world.switches.user_get_page_size);
    return json(call, {
      total: followers.length,
      count: page.length,
      data: page.length > 0 ? { openid: page } : undefined,
      next_openid: page.at(-1) ?? '',
    });
  },
};

import { sortedSha1 } from '#wechat-crypto';
import { type Callback } from './apps.js';
import { send } from './http-post.js';
import { withQuery } from './push-delivery.js';
import { type World } from './world.js';

/**
 * What WeChat's console does on submit: asks the URL to prove that it knows the token. Returns what is wrong with the
 * answer, or null.
 * https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
 */
export async function verifyCallback(world: World, callback: Callback): Promise<string | null> {
  if (callback.url === null) return null;
  if (!/^https?:\/\//.test(callback.url) || !URL.canParse(callback.url)) return 'the URL is not http or https';
  const timestamp = String(world.clock.seconds());
  const nonce = world.chance.digits(9);
  const echostr = world.chance.digits(19);
  const signature = sortedSha1([callback.token, timestamp, nonce]);
  const query = new URLSearchParams({ signature, timestamp, nonce, echostr });
  const headers = { 'user-agent': world.switches.push_user_agent, accept: '*/*' };
  const answer = await send(withQuery(callback.url, query), {
    method: 'GET',
    headers,
    deadlineMs: world.switches.push_deadline_ms,
  });
  if (answer.kind === 'timeout') return 'the URL did not answer in time';
  if (answer.kind === 'no_connection') return `the URL cannot be reached: ${answer.reason}`;
  if (answer.status !== 200) return `the URL answered ${answer.status}`;
  return answer.body === echostr ? null : 'the URL did not answer the echostr, the whole echostr and nothing else';
}

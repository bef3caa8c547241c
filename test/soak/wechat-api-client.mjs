// A service that uses the library `wechat-api` as it comes, for a while: it asks WeChat something harmless over and over
// and counts what it lost. With GATEWAY set, its tokens come from the gateway, and refused ones are reported there;
// without, the library fetches its own, as it does by default.
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

const API = createRequire(import.meta.url)('wechat-api');
const { WECHAT, APPID, SECRET, GATEWAY, KEY, CALLS, PAUSE } = process.env;
const refusals = new Set([40001, 40014, 42001]);

let held;

async function gateway(path, body) {
  const answer = await fetch(`${GATEWAY}/v1/apps/${APPID}/access-token${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${KEY}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const { access_token: accessToken, expires_in: seconds } = await answer.json();
  held = { accessToken, expireTime: Date.now() + seconds * 1_000 };
  return held;
}

const fromGateway = (callback) => gateway('').then((token) => callback(null, token), callback);
const api = GATEWAY ? new API(APPID, SECRET, fromGateway, (_token, callback) => callback(null)) : new API(APPID, SECRET);
const request = api.request.bind(api);
api.request = (url, options, callback) => request(url.replace(/^https?:\/\/\w+\.weixin\.qq\.com/, WECHAT), options, callback);

const call = () => new Promise((resolve) => api.getIp((error) => resolve(error)));

let lost = 0;
for (let turn = 0; turn < Number(CALLS); turn++) {
  let error = await call();
  if (error && GATEWAY && refusals.has(error.code)) {
    await gateway('/rejections', { access_token: held.accessToken });
    error = await call();
  }
  if (error) lost++;
  await pause(Number(PAUSE));
}
console.log(`lost ${lost}.`);

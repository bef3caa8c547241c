// A site that logs people in through the gateway: all that an integrator writes. `npm start` first, then `npm run demo`.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { GATEWAY_URL = 'http://127.0.0.1:36012', PORT = '36014', DATA_DIR = './data' } = process.env;
const apiKey = process.env.API_KEY ?? JSON.parse(readFileSync(`${DATA_DIR}/sandbox.json`, 'utf8')).api_key;
const account = process.env.ACCOUNT_APPID ?? 'wx3cc8fd6963e31a32';
const website = process.env.WEBSITE_APPID ?? 'wxdec0de0000000003';
const origin = `http://127.0.0.1:${PORT}`;
const page = readFileSync(new URL('./index.html', import.meta.url), 'utf8').replaceAll('{gateway}', GATEWAY_URL);

async function gateway(path, body) {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const answer = await fetch(GATEWAY_URL + path, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  return said;
}

// The state ties the round trip to this browser: without it a stranger's code could be slipped to somebody.
const begin = () => ({ state: randomBytes(16).toString('hex') });
// Cookies know no ports, so its name does. A site on https calls it `__Host-login` and adds Secure.
const cookie = `login_${PORT}`;
const cookieOf = ({ appid, state }) => ({
  'set-cookie': `${cookie}=${appid}.${state}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600`,
});
const keptBy = ({ headers }) => new RegExp(`(?:^|; )${cookie}=(\\w+)\\.(\\w+)`).exec(headers.cookie ?? '') ?? [];

async function finish(request, { code, state }) {
  const [, appid, expected] = keptBy(request);
  if (!expected || state !== expected) throw new Error('This login began in another browser');
  if (!code) return '你拒绝了登录';
  const { openid, user, is_snapshot_user } = await gateway(`/v1/apps/${appid}/oauth/exchange`, { code });
  if (is_snapshot_user) return '请点击右下角“使用完整服务”后再登录';
  return `你好，${user?.nickname ?? openid}`; // here a real site begins a session of its own, for this openid
}

// A QR login belongs to the session that asked: its binding is a hash of what only this browser's cookie holds.
const bindingOf = (state) => createHash('sha256').update(state).digest('hex');
const loginPage = async ({ state }, more) => {
  const wanted = { binding: bindingOf(state), return_to: `${origin}/scanned`, state, ...more };
  return (await gateway(`/v1/apps/${account}/login-pages`, wanted)).url;
};

const endings = { denied: '你拒绝了登录', cancelled: '二维码被不同的人扫过，登录已取消', expired: '登录超时，请重新开始' };

async function redeem(request, { login_code, error, state }) {
  const [, , expected] = keptBy(request);
  if (!expected || state !== expected) throw new Error('This login began in another browser');
  if (!login_code) return endings[error] ?? '登录没有成功';
  const { openid, user } = await gateway('/v1/qr-logins/redeem', { login_code, binding: bindingOf(state) });
  return `你好，${user?.nickname ?? openid}`;
}

const routes = {
  'GET /': () => [200, { 'content-type': 'text/html; charset=utf-8' }, page],
  'GET /login': async (_, url) => {
    const scope = url.searchParams.get('scope');
    const login = { ...begin(), appid: scope === 'snsapi_login' ? website : account };
    const query = new URLSearchParams({ redirect_uri: `${origin}/back`, scope, state: login.state });
    return [302, { ...cookieOf(login), location: (await gateway(`/v1/apps/${login.appid}/oauth/authorize-url?${query}`)).url }];
  },
  'GET /back': async (request, url) => [200, {}, await finish(request, Object.fromEntries(url.searchParams))],
  'POST /popup': async () => {
    const login = { ...begin(), appid: website };
    const query = new URLSearchParams({ origin, state: login.state });
    return [200, cookieOf(login), (await gateway(`/v1/apps/${website}/oauth/popup-url?${query}`)).url];
  },
  'POST /popup/finish': async (request) => {
    const parts = await request.toArray();
    return [200, {}, await finish(request, JSON.parse(Buffer.concat(parts).toString()))];
  },
  // The account's own code: on the gateway's page, in a frame of ours, or drawn and polled by our own page.
  'GET /scan': async () => {
    const login = { ...begin(), appid: account };
    return [302, { ...cookieOf(login), location: await loginPage(login) }];
  },
  'GET /scanned': async (request, url) => [200, {}, await redeem(request, Object.fromEntries(url.searchParams))],
  'POST /frame': async () => {
    const login = { ...begin(), appid: account };
    return [200, cookieOf(login), await loginPage(login, { frame_origin: origin })];
  },
  'POST /own': async (request) => {
    const login = { ...begin(), appid: account };
    const context = { application: '示例网站', ip: request.socket.remoteAddress, user_agent: request.headers['user-agent'] };
    const { id, qr_svg, poll_token } = await gateway(`/v1/apps/${account}/qr-logins`, {
      binding: bindingOf(login.state),
      context,
    });
    return [200, cookieOf(login), JSON.stringify({ id, qr_svg, poll_token, state: login.state })];
  },
  'POST /redeem': async (request) => {
    const parts = await request.toArray();
    return [200, {}, await redeem(request, JSON.parse(Buffer.concat(parts).toString()))];
  },
};

createServer(async (request, response) => {
  const url = new URL(request.url, origin);
  const route = routes[`${request.method} ${url.pathname}`] ?? (() => [404, {}, 'Not found']);
  const [status, headers, text] = await Promise.resolve(route(request, url)).catch((error) => [400, {}, error.message]);
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'referrer-policy': 'no-referrer', ...headers })
    .end(text);
}).listen(Number(PORT), '127.0.0.1', () => console.log(`The demo site is at ${origin}`));

import { decide, readAuthorization } from '../authorization.js';
import { PageError } from '../page-error.js';
import { type Call } from '../call.js';
import { type Endpoint, html } from '../endpoint.js';
import { qrImage } from '../qr-image.js';
import { type WebsiteLogin } from '../website-logins.js';
import { choosePerson, holderOfThePhone } from './authorize.js';
import { escapeHtml, orErrorPage, wechatPage } from './layout.js';

/** What the QR of a website login says. The phone reads the uuid and opens the confirmation. */
export const confirmUrl = (uuid: string): string => `https://open.weixin.qq.com/connect/confirm?uuid=${uuid}`;

/** https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html */
export const qrconnect: Endpoint = {
  verb: 'GET',
  path: '/connect/qrconnect',
  caller: 'anyone',
  answer: (call) =>
    orErrorPage(() => {
      const asked = readAuthorization(call.world, call.rawQuery, { orderMatters: false });
      if (asked.scope !== 'snsapi_login') throw new PageError(10005, 'Scope 参数错误或没有 Scope 权限');
      call.appid = asked.app.appid;
      const { uuid } = call.world.logins.open({ appid: asked.app.appid, redirectUri: asked.redirectUri, state: asked.state });
      return wechatPage(
        '微信登录',
        `<h1>微信登录</h1><div class="card"><img src="/connect/qrcode/${uuid}" alt="${confirmUrl(uuid)}" width="280"></div>
         <p>使用微信扫一扫登录</p><p>「${escapeHtml(asked.app.name)}」</p><p class="mute" id="state">Scan with WeChat to log in</p>
         <script src="/connect/l/qrconnect.js" data-uuid="${uuid}"></script>`,
      );
    }),
};

export const qrconnectScript: Endpoint = {
  verb: 'GET',
  path: '/connect/l/qrconnect.js',
  caller: 'anyone',
  answer: () => ({
    ...html(`const uuid = document.currentScript.dataset.uuid;
const shown = document.getElementById('state');
async function look() {
  const answer = await (await fetch('/connect/l/qrconnect?uuid=' + uuid)).json();
  if (answer.location) return window.location.assign(answer.location);
  if (answer.state === 'expired') { shown.textContent = '二维码已过期，请刷新 Expired: reload the page'; return; }
  if (answer.state === 'scanned') shown.textContent = '扫描成功，请在手机上确认 Scanned: confirm on the phone';
  setTimeout(look, 500);
}
look();`),
    headers: { 'content-type': 'text/javascript; charset=utf-8' },
  }),
};

export const qrconnectState: Endpoint = {
  verb: 'GET',
  path: '/connect/l/qrconnect',
  unlisted: true,
  caller: 'anyone',
  answer(call) {
    const login = call.world.logins.live(call.query.get('uuid') ?? '');
    const state = login?.outcome.kind ?? 'expired';
    const location = login?.outcome.kind === 'decided' ? login.outcome.location : null;
    return { ...html(JSON.stringify({ state, location })), headers: { 'content-type': 'application/json' } };
  },
};

export const qrconnectImage: Endpoint = {
  verb: 'GET',
  path: '/connect/qrcode/:uuid',
  caller: 'anyone',
  answer(call) {
    const login = call.world.logins.live(call.path.split('/').at(-1) ?? '');
    if (!login) return html('', 404);
    return { ...html(''), headers: { 'content-type': 'image/jpeg' }, body: qrImage(confirmUrl(login.uuid)) };
  },
};

/** What the phone shows after the scan. */
export const confirmLogin: Endpoint = {
  verb: 'GET',
  path: '/connect/confirm',
  caller: 'anyone',
  answer: (call) =>
    orErrorPage(() => {
      const login = waiting(call);
      if (!holderOfThePhone(call)) return choosePerson(call);
      if (login.outcome.kind === 'waiting') login.outcome = { kind: 'scanned' };
      const name = escapeHtml(call.world.apps.get(login.appid)?.name ?? '');
      return wechatPage(
        '微信登录',
        `<div class="card"><h1>${name}</h1><p>登录到网站</p><p class="mute">Log in to the website</p></div>
         <form method="post" action="/connect/confirm_reply?uuid=${login.uuid}">
         <button class="go" name="decision" value="allow">允许 Allow</button>
         <button name="decision" value="deny">拒绝 Refuse</button></form>`,
      );
    }),
};

export const confirmReply: Endpoint = {
  verb: 'POST',
  path: '/connect/confirm_reply',
  caller: 'anyone',
  answer: (call) =>
    orErrorPage(() => {
      const login = waiting(call);
      const person = holderOfThePhone(call);
      const app = call.world.apps.get(login.appid);
      if (!person || !app) throw new PageError(null, '请先选择手机的主人');
      const allows = new URLSearchParams(call.body.toString('utf8')).get('decision') === 'allow';
      const asked = {
        app,
        redirectUri: login.redirectUri,
        state: login.state,
        scope: 'snsapi_login',
        platform: undefined,
      } as const;
      const decided = decide(call.world, asked, { person, allows });
      if (decided) login.outcome = { kind: 'decided', location: decided.location };
      return wechatPage(
        '微信登录',
        allows ? '<h1>已确认登录</h1><p class="mute">Confirmed</p>' : '<h1>已拒绝</h1><p class="mute">Refused</p>',
      );
    }),
};

function waiting(call: Call): WebsiteLogin {
  if (!call.isInWechat) throw new PageError(null, '请在微信客户端打开链接');
  const login = call.world.logins.live(call.query.get('uuid') ?? '');
  if (!login || login.outcome.kind === 'decided') throw new PageError(null, '二维码已过期');
  call.appid = login.appid;
  return login;
}

import { decide, readAuthorization } from '../authorization.js';
import { PageError } from '../page-error.js';
import { type Call } from '../call.js';
import { type Answer, type Endpoint, redirect } from '../endpoint.js';
import { type Person } from '../people.js';
import { escapeHtml, orErrorPage, wechatPage } from './layout.js';

/** https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html#0 */
export const authorize: Endpoint = {
  verb: 'GET',
  path: '/connect/oauth2/authorize',
  caller: 'anyone',
  answer: (call) =>
    orErrorPage(() => {
      if (!call.isInWechat) throw new PageError(null, '请在微信客户端打开链接');
      const asked = readAuthorization(call.world, call.rawQuery, { orderMatters: true });
      call.appid = asked.app.appid;
      const person = holderOfThePhone(call);
      if (!person) return choosePerson(call);
      const silent = asked.scope === 'snsapi_base';
      return silent ? leave(call, person, true) : askConsent(call, { appName: asked.app.name, person });
    }),
};

/** Where the buttons of the consent page lead. */
export const authorizeReply: Endpoint = {
  verb: 'POST',
  path: '/connect/oauth2/authorize_reply',
  caller: 'anyone',
  answer: (call) =>
    orErrorPage(() => {
      const person = holderOfThePhone(call);
      if (!person) throw new PageError(null, '请先选择手机的主人');
      return leave(call, person, new URLSearchParams(call.body.toString('utf8')).get('decision') === 'allow');
    }),
};

export function holderOfThePhone(call: Call): Person | undefined {
  return call.world.people.get(call.cookie('wechat_person') ?? '');
}

/** A browser that says it is WeChat, and nobody has said whose phone it is. */
export function choosePerson(call: Call): Answer {
  const next = `${call.path}?${call.rawQuery}`;
  const links = [...call.world.people.values()].map((person) => {
    const address = `/_sim/hold-phone?${new URLSearchParams({ person: person.id, next }).toString()}`;
    return `<a class="button" href="${escapeHtml(address)}">${escapeHtml(person.name)}</a>`;
  });
  return wechatPage('这是谁的手机？', `<h1>这是谁的手机？</h1><p class="mute">Whose phone is this?</p>${links.join('')}`);
}

function askConsent(call: Call, about: { appName: string; person: Person }): Answer {
  const action = escapeHtml(`/connect/oauth2/authorize_reply?${call.rawQuery}`);
  const snapshot = about.person.isSnapshotUser ? '<p class="mute">快照页模式：对方只会得到虚拟帐号</p>' : '';
  return wechatPage(
    '微信授权',
    `<div class="card"><h1>${escapeHtml(about.appName)}</h1><p>申请获取你的昵称、头像</p>
     <p class="mute">would like your name and picture</p><p>${escapeHtml(about.person.name)}</p>${snapshot}</div>
     <form method="post" action="${action}"><button class="go" name="decision" value="allow">允许 Allow</button>
     <button name="decision" value="deny">拒绝 Refuse</button></form>`,
  );
}

function leave(call: Call, person: Person, allows: boolean): Answer {
  const asked = readAuthorization(call.world, call.rawQuery, { orderMatters: true });
  call.appid = asked.app.appid;
  const decided = decide(call.world, asked, { person, allows });
  return decided
    ? redirect(call.world.browser.through(decided.location))
    : wechatPage('已拒绝', '<h1>已拒绝授权</h1><p class="mute">Refused</p>');
}

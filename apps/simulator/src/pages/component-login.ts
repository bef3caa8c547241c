import { PageError } from '../page-error.js';
import { type Call } from '../call.js';
import { agree, type ComponentLogin, loginPages, proposedSets, readComponentLogin } from '../component-login.js';
import { type Answer, type Endpoint, redirect } from '../endpoint.js';
import { escapeHtml, orErrorPage, wechatPage } from './layout.js';

const replyPath = '/cgi-bin/componentloginpage_reply';

/** What the administrator of an account sees who follows a platform's link. */
const page = (path: string): Endpoint => ({
  verb: 'GET',
  path,
  caller: 'anyone',
  answer: (call) =>
    orErrorPage(() => {
      const referer = String(call.headers['referer'] ?? '');
      return show(call, readComponentLogin(call.world, { path: call.path, rawQuery: call.rawQuery, referer }));
    }),
});

export const componentLoginPage = page(loginPages.desktop);
export const bindComponent = page(loginPages.phone);
export const olderBindComponent = page(loginPages.olderPhone);

/** Where the buttons of the page lead. */
export const componentReply: Endpoint = {
  verb: 'POST',
  path: replyPath,
  caller: 'anyone',
  answer: (call) =>
    orErrorPage(() => {
      // The page itself has looked at where it was opened from.
      const login = readComponentLogin(call.world, {
        path: replyPath,
        rawQuery: `action=bindcomponent&${call.rawQuery}`,
        referer: '',
      });
      const form = new URLSearchParams(call.body.toString('utf8'));
      const app = login.candidates.find(({ appid }) => appid === form.get('account'));
      if (!app) throw new PageError(null, '请选择帐号');
      const proposed = proposedSets(login, app);
      const sets = form.getAll('set').map(Number);
      const agreed = agree(call.world, login, { app, sets: proposed.filter((id) => sets.includes(id)) });
      return redirect(call.world.browser.through(agreed.location));
    }),
};

function show(call: Call, login: ComponentLogin): Answer {
  call.appid = login.platform.appid;
  const action = escapeHtml(`${replyPath}?${call.rawQuery}`);
  const forms = login.candidates.map((app) => {
    const sets = proposedSets(login, app).map(
      (id) => `<label><input type="checkbox" name="set" value="${id}" checked> ${id}</label> `,
    );
    return `<form class="card" method="post" action="${action}"><h1>${escapeHtml(app.name)}</h1>
      <p class="mute">${app.appid}</p><p>${sets.join('')}</p>
      <button class="go" name="account" value="${app.appid}">授权 Authorise</button></form>`;
  });
  const none = forms.length === 0 ? '<p>没有可授权的帐号</p>' : '';
  return wechatPage('帐号授权', `<h1>${escapeHtml(login.platform.name)}</h1><p>申请获得你的帐号权限</p>${none}${forms.join('')}`);
}

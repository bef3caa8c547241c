import { type App } from '../apps.js';
import { type Call, objectField, textField } from '../call.js';
import { type Endpoint, ok } from '../endpoint.js';
import { Refusal } from '../refusal.js';

type Body = Readonly<Record<string, unknown>>;

const longest = 1024;
const day = 86_400;
const perDay = { normal: 500_000, sandbox: 500_000 };

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/url-link/generateUrlLink.html */
export const generateUrlLink: Endpoint = {
  verb: 'POST',
  path: '/wxa/generate_urllink',
  caller: 'token',
  dayLimit: perDay,
  answer(call, app) {
    const body = call.json();
    checkTarget(call, app, body);
    checkEnd(call, body);
    return ok(call, { url_link: `https://wxaurl.cn/${call.world.chance.alphanumeric(11)}` });
  },
};

export const generateScheme: Endpoint = {
  verb: 'POST',
  path: '/wxa/generatescheme',
  caller: 'token',
  dayLimit: perDay,
  answer(call, app) {
    const body = call.json();
    checkTarget(call, app, objectField(body, 'jump_wxa'));
    if (body['is_expire'] === true) checkEnd(call, body);
    return ok(call, { openlink: `weixin://dl/business/?t=${call.world.chance.alphanumeric(11)}` });
  },
};

export const genWxaShortLink: Endpoint = {
  verb: 'POST',
  path: '/wxa/genwxashortlink',
  caller: 'token',
  dayLimit: { normal: 10_000_000, sandbox: 10_000_000 },
  answer(call, app) {
    mustBeReleased(app);
    const body = call.json();
    const url = textField(body, 'page_url') ?? '';
    const [page = ''] = url.split('?');
    if (url.length > longest || !app.releasedPages.includes(page)) throw new Refusal(40066);
    const title = textField(body, 'page_title') ?? app.name;
    return ok(call, { link: `#小程序://${[...title].slice(0, 20).join('')}/${call.world.chance.alphanumeric(15)}` });
  },
};

function mustBeReleased(app: App): void {
  if (app.kind !== 'mini_program') throw new Refusal(48001);
  if (app.releasedPages.length === 0) throw new Refusal(85079);
}

function checkTarget(call: Call, app: App, target: Body): void {
  mustBeReleased(app);
  const path = (textField(target, 'path') ?? '').replace(/^\//, '');
  if (path.length > longest || (path !== '' && !app.releasedPages.includes(path))) throw new Refusal(40165);
  if ((textField(target, 'query') ?? '').length > longest) throw new Refusal(40212);
  if (!['release', 'trial', 'develop'].includes(textField(target, 'env_version') ?? 'release')) throw new Refusal(85402);
}

/** From a minute to thirty days, told as a moment or as a number of days. */
function checkEnd(call: Call, body: Body): void {
  const now = call.world.clock.seconds();
  const seconds =
    body['expire_type'] === 1 ? Number(body['expire_interval']) * day : Number(body['expire_time'] ?? now + 30 * day) - now;
  if (!(seconds >= 60 && seconds <= 30 * day)) throw new Refusal(85401);
}

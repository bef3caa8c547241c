import { type App } from '../apps.js';
import { type Call, textField } from '../call.js';
import { type Answer, type Endpoint } from '../endpoint.js';
import { qrImage, qrPng } from '../qr-image.js';
import { Refusal } from '../refusal.js';

type Body = Readonly<Record<string, unknown>>;

const longestScene = 32;
const sceneSigns = /^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]*$/;
const countedMax = 100_000;

/** With a path of its own for each code. https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getQRCode.html */
export const getWxacode: Endpoint = {
  verb: 'POST',
  path: '/wxa/getwxacode',
  caller: 'token',
  answer(call, app) {
    const body = bodyOr(call, 40159);
    const path = pathOf(body, 1024);
    checkStyle(body);
    return counted(call, app, image(app, path, body));
  },
};

/** One page, and a scene of up to 32 characters. No limit in number. */
export const getWxacodeUnlimit: Endpoint = {
  verb: 'POST',
  path: '/wxa/getwxacodeunlimit',
  caller: 'token',
  dayLimit: { normal: 2_000_000_000, sandbox: 2_000_000_000, perMinute: 5000, perMinuteErrcode: 45009 },
  answer(call, app) {
    const body = bodyOr(call, 40169);
    const scene = textField(body, 'scene') ?? '';
    if (scene === '' || scene.length > longestScene) throw new Refusal(40169);
    if (!sceneSigns.test(scene)) throw new Refusal(40129);
    const page = textField(body, 'page') ?? '';
    if (page.startsWith('/') || page.includes('?')) throw new Refusal(41030);
    if (page !== '' && body['check_path'] !== false && !app.releasedPages.includes(page)) throw new Refusal(41030);
    checkStyle(body);
    return image(app, `${page}?scene=${encodeURIComponent(scene)}`, body);
  },
};

/** The square one, older than both. */
export const createWxaQrcode: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/wxaapp/createwxaqrcode',
  caller: 'token',
  answer(call, app) {
    const body = bodyOr(call, 40159);
    const path = pathOf(body, 128);
    checkWidth(body);
    return counted(call, app, image(app, path, body));
  },
};

/** Here a body that is no JSON is called a bad path or scene. */
function bodyOr(call: Call, errcode: number): Body {
  if (call.world.apps.get(call.appid ?? '')?.kind !== 'mini_program') throw new Refusal(48001);
  try {
    return call.json();
  } catch (error) {
    if (error instanceof Refusal && error.errcode === 47001) throw new Refusal(errcode);
    throw error;
  }
}

function pathOf(body: Body, longest: number): string {
  const path = textField(body, 'path') ?? '';
  if (path === '' || path.length > longest) throw new Refusal(40159);
  if (path.includes('scancode_time')) throw new Refusal(85096);
  return path;
}

function checkWidth(body: Body): void {
  const width = body['width'] ?? 430;
  if (typeof width !== 'number' || width < 280 || width > 1280) throw new Refusal(40097);
}

function checkStyle(body: Body): void {
  checkWidth(body);
  const { env_version: version = 'release' } = body;
  if (!['release', 'trial', 'develop'].includes(String(version))) throw new Refusal(40097);
}

/** The first and the last kind have a hundred thousand together, for ever. */
function counted(call: Call, app: App, drawn: Answer): Answer {
  const used = (call.world.countedCodes.get(app.appid) ?? 0) + 1;
  if (used > countedMax) throw new Refusal(45029);
  call.world.countedCodes.set(app.appid, used);
  return { ...drawn, headers: { ...drawn.headers, 'Num-Used': String(used) } };
}

function image(app: App, target: string, body: Body): Answer {
  const width = typeof body['width'] === 'number' ? body['width'] : 430;
  const text = `https://mp.weixin.qq.com/a/~${app.appid}~${target}`;
  const isPng = body['is_hyaline'] === true;
  return {
    status: 200,
    headers: { 'content-type': isPng ? 'image/png' : 'image/jpeg' },
    body: isPng ? qrPng(text, width) : qrImage(text, width),
    errcode: 0,
  };
}

import { type Call, objectField } from '../call.js';
import { type Endpoint, json } from '../endpoint.js';
import { Refusal } from '../refusal.js';

const longestSeconds = 2_592_000;
const permanentCodes = 100_000;

interface Action {
  readonly field: 'scene_id' | 'scene_str';
  readonly isPermanent: boolean;
  readonly largestId: number;
}

const actions: Readonly<Record<string, Action>> = {
  QR_SCENE: { field: 'scene_id', isPermanent: false, largestId: 4_294_967_295 },
  QR_STR_SCENE: { field: 'scene_str', isPermanent: false, largestId: 0 },
  QR_LIMIT_SCENE: { field: 'scene_id', isPermanent: true, largestId: 100_000 },
  QR_LIMIT_STR_SCENE: { field: 'scene_str', isPermanent: true, largestId: 0 },
};

/** https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html */
export const qrcodeCreate: Endpoint = {
  verb: 'POST',
  path: '/cgi-bin/qrcode/create',
  caller: 'token',
  dayLimit: { normal: 100_000, sandbox: 10_000 },
  answer(call, app) {
    if (app.kind !== 'official_account' || !app.verified) throw new Refusal(48001);
    const body = call.json();
    const action = Object.hasOwn(actions, String(body['action_name'])) ? actions[String(body['action_name'])] : undefined;
    if (!action) throw new Refusal(40052);
    const scene = sceneOf(action, objectField(objectField(body, 'action_info'), 'scene'));
    const lifetime = action.isPermanent ? undefined : lifetimeOf(call, body['expire_seconds']);
    const { qrCodes, switches } = call.world;
    if (action.isPermanent && qrCodes.permanentCount(app.appid) >= permanentCodes) throw new Refusal(45029);
    const code = qrCodes.create({ appid: app.appid, scene, lifetime });
    const permanentExpiry = switches.permanent_qr_names_expiry ? 0 : undefined;
    return json(call, { ticket: code.ticket, expire_seconds: lifetime ?? permanentExpiry, url: code.url });
  },
};

function sceneOf(action: Action, scene: Readonly<Record<string, unknown>>): number | string {
  const value = scene[action.field];
  if (action.field === 'scene_str') {
    if (typeof value === 'string' && value.length >= 1 && value.length <= 64) return value;
  } else if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= action.largestId) {
    return value;
  }
  throw new Refusal(40053);
}

function lifetimeOf(call: Call, given: unknown): number {
  const { switches } = call.world;
  if (given === undefined) return switches.qr_default_expire_seconds;
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 1) throw new Refusal(40053);
  if (given <= longestSeconds) return given;
  if (switches.qr_expire_over_limit === '40053') throw new Refusal(40053);
  return longestSeconds;
}

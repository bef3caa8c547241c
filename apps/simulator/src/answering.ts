import { checkAddress } from './base-tokens.js';
import { type Call } from './call.js';
import { type Answer, type Endpoint, json } from './endpoint.js';
import { Refusal } from './refusal.js';

/** From a call to WeChat's answer. Errors are answers too: 200, with an errcode in the body. */
export function answerCall(endpoint: Endpoint | undefined, call: Call): Answer {
  try {
    if (!endpoint) throw new Refusal(40066);
    if (call.method !== endpoint.verb) throw new Refusal(endpoint.verb === 'GET' ? 43001 : 43002);
    return endpoint.caller === 'anyone' ? endpoint.answer(call) : answerToTokenHolder(endpoint, call);
  } catch (error) {
    if (error instanceof Refusal) return refusalAnswer(call, error);
    throw error;
  }
}

export function refusalAnswer(call: Call, refusal: Refusal): Answer {
  return json(call, { errcode: refusal.errcode, errmsg: refusal.message + trace(call) }, refusal.errcode);
}

function answerToTokenHolder(endpoint: Extract<Endpoint, { caller: 'token' }>, call: Call): Answer {
  const { tokens, apps, quota, switches } = call.world;
  const appid = tokens.appidOf(call.required('access_token', 41001));
  call.appid = appid;
  const app = apps.get(appid);
  if (!app) throw new Refusal(40013);
  if (app.accountIsFrozen) throw new Refusal(50007);
  checkAddress(app, call.clientIp);
  if (!endpoint.dayLimit) return endpoint.answer(call, app);
  quota.spend(app, endpoint.path, endpoint.dayLimit);
  try {
    return endpoint.answer(call, app);
  } catch (error) {
    if (!switches.quota_counts_failures) quota.giveBack(app, endpoint.path);
    throw error;
  }
}

/** The tail of an errmsg. `/sns` puts a comma before it where `/cgi-bin` puts a space. */
function trace(call: Call): string {
  const isSns = call.path.startsWith('/sns/');
  switch (call.world.switches.errmsg_trace) {
    case 'rid':
      return `${isSns ? ',' : ''} rid: ${call.rid}`;
    case 'hint':
      return isSns ? `, hints: [ req_id: ${call.rid.slice(-14)} ]` : ` hint: [${call.rid.slice(-12)}]`;
    case 'none':
      return '';
  }
}

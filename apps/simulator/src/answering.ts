import { appOfToken } from './app-callers.js';
import { type Call } from './call.js';
import { type Answer, type Endpoint, json } from './endpoint.js';
import { platformBody, platformOfToken } from './platform-callers.js';
import { Refusal } from './refusal.js';

/** From a call to WeChat's answer. Errors are answers too: 200, with an errcode in the body. */
export function answerCall(endpoint: Endpoint | undefined, call: Call): Answer {
  try {
    if (!endpoint) throw new Refusal(40066);
    if (call.method !== endpoint.verb) throw new Refusal(endpoint.verb === 'GET' ? 43001 : 43002);
    switch (endpoint.caller) {
      case 'anyone':
        return endpoint.answer(call);
      case 'platform': {
        const platform = platformOfToken(call);
        return endpoint.answer(call, platform, platformBody(call, platform));
      }
      case 'token':
        return answerToTokenHolder(endpoint, call);
    }
  } catch (error) {
    if (error instanceof Refusal) return refusalAnswer(call, error);
    throw error;
  }
}

export function refusalAnswer(call: Call, refusal: Refusal): Answer {
  return json(call, { errcode: refusal.errcode, errmsg: refusal.message + trace(call) }, refusal.errcode);
}

function answerToTokenHolder(endpoint: Extract<Endpoint, { caller: 'token' }>, call: Call): Answer {
  const { quota, switches } = call.world;
  const app = appOfToken(call, call.required('access_token', 41001));
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

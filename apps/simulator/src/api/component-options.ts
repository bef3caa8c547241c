import { type App } from '../apps.js';
import { type Call, textField } from '../call.js';
import { type Answer, type Endpoint, json, ok } from '../endpoint.js';
import { appOfToken } from '../app-callers.js';
import { authorizationOf, platformBody, platformOfToken } from '../platform-callers.js';
import { Refusal } from '../refusal.js';

type Body = Readonly<Record<string, unknown>>;

const values: Readonly<Record<string, readonly string[]>> = {
  location_report: ['0', '1', '2'],
  voice_recognize: ['0', '1'],
  customer_service: ['0', '1'],
};

/**
 * Older pages and some libraries put `api_` before the name, and newer pages leave the appids out of the body, which an
 * authorizer's own token makes possible: all of it is taken.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/Account_Authorization/api_set_authorizer_option.html
 */
export const authorizerOptions: readonly Endpoint[] = ['', 'api_'].flatMap((prefix) => [
  optionCall(`/cgi-bin/component/${prefix}get_authorizer_option`, tell),
  optionCall(`/cgi-bin/component/${prefix}set_authorizer_option`, set),
]);

function optionCall(path: string, answer: (call: Call, app: App, body: Body) => Answer): Endpoint {
  return {
    verb: 'POST',
    path,
    caller: 'anyone',
    answer(call) {
      const body = call.json();
      const token = call.query.get('access_token') ?? '';
      if (call.world.authorizations.tokens.holderOf(token)) return answer(call, appOfToken(call, token), body);
      const platform = platformOfToken(call);
      platformBody(call, platform);
      return answer(call, authorizationOf(call, platform, textField(body, 'authorizer_appid')).app, body);
    },
  };
}

function tell(call: Call, app: App, body: Body): Answer {
  const name = nameIn(body);
  const value = call.world.accountOptions.get(app.appid)?.[name] ?? '0';
  return json(call, { authorizer_appid: app.appid, option_name: name, option_value: value });
}

function set(call: Call, app: App, body: Body): Answer {
  const name = nameIn(body);
  const value = textField(body, 'option_value') ?? '';
  if (!values[name]?.includes(value)) throw new Refusal(61013);
  call.world.accountOptions.set(app.appid, { ...call.world.accountOptions.get(app.appid), [name]: value });
  return ok(call);
}

function nameIn(body: Body): string {
  const name = textField(body, 'option_name') ?? '';
  if (!Object.hasOwn(values, name)) throw new Refusal(61012);
  return name;
}

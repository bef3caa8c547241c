import { type PlatformAuthorization } from '../platform-authorizations.js';
import { give, revoke } from '../authorization-events.js';
import { agree, loginPages, proposedSets, readComponentLogin } from '../component-login.js';
import { setsFor } from '../permission-sets.js';
import { type Push } from '../push-engine.js';
import { type ControlCall, ControlError, flag, object, route, text } from './control-route.js';
import { appNamed, platformNamed, settled } from './lookup.js';

const authorizationView = ({ app, permissionSets, refreshToken, at }: PlatformAuthorization) => ({
  appid: app.appid,
  kind: app.kind,
  permission_sets: permissionSets,
  refresh_token: refreshToken,
  authorized_at: at,
});

const setList = { type: 'array', items: { type: 'integer', minimum: 1, maximum: 9999 } };

interface How {
  permission_sets?: number[];
  wait?: boolean;
  withhold?: boolean;
}

/** What administrators of accounts do about platforms. */
export const authorizerRoutes = [
  route({
    method: 'POST',
    path: '/_sim/apps/{appid}/authorize-platform',
    tag: 'platforms',
    summary:
      'The administrator of the account opens a platform’s authorisation link and agrees: gives the address the browser is sent to. "withhold" keeps the push back until it is repeated.',
    body: object({ url: text(8000), referer: text(2000), permission_sets: setList, wait: flag, withhold: flag }, ['url']),
    async handle(call, body: How & { url: string; referer?: string }) {
      const app = appNamed(call, call.params['appid']);
      const [, path = '', rawQuery = ''] = /^(?:https?:\/\/[^/]+)?([^?#]*)\?([^#]*)/.exec(body.url) ?? [];
      if (!Object.values<string>(loginPages).includes(path)) {
        throw new ControlError(
          422,
          'not_an_authorization_url',
          `The path must be one of ${Object.values(loginPages).join(', ')}`,
        );
      }
      const login = readComponentLogin(call.world, { path, rawQuery, referer: body.referer ?? '' });
      const sets = body.permission_sets ?? proposedSets(login, app);
      const agreed = agree(call.world, login, { app, sets, withhold: body.withhold });
      return {
        redirect_url: agreed.location,
        auth_code: agreed.code,
        expires_in: agreed.expiresIn,
        permission_sets: agreed.authorization.permissionSets,
        push: await told(agreed.push, body),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/_sim/platforms/{platform}/authorizers',
    tag: 'platforms',
    summary: 'Accounts that have authorised the platform, with what they granted and the refresh token in force.',
    handle: (call) => call.world.authorizations.of(platformNamed(call)).map(authorizationView),
  }),
  route({
    method: 'PUT',
    path: '/_sim/platforms/{platform}/authorizers/{appid}',
    tag: 'platforms',
    summary:
      'The administrator authorises or changes the permission sets without a page of the platform: authorized, updateauthorized, or no push if nothing changed.',
    body: object({ permission_sets: setList, wait: flag, withhold: flag }),
    async handle(call, body: How) {
      const platform = platformNamed(call);
      const app = appNamed(call, call.params['appid']);
      if (app.kind === 'website') throw new ControlError(422, 'not_an_account', 'A website app cannot authorise a platform');
      const sets = body.permission_sets ?? setsFor(app.kind, platform.permissionSets);
      const given = give(call.world, platform, { app, sets, withhold: body.withhold });
      return { ...authorizationView(given.authorization), auth_code: given.code, push: await told(given.push, body) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/_sim/platforms/{platform}/authorizers/{appid}',
    tag: 'platforms',
    summary: 'The administrator takes the authorisation back: unauthorized, and every token of it is refused.',
    query: { withhold: { type: 'string', enum: ['true', 'false'] } },
    handle(call) {
      const push = revoke(call.world, authorizationNamed(call), call.query['withhold'] === 'true');
      return settled(push, {});
    },
  }),
];

function authorizationNamed(call: ControlCall): PlatformAuthorization {
  const appid = call.params['appid'] ?? '';
  const found = call.world.authorizations.find(platformNamed(call), appid);
  if (!found) throw new ControlError(404, 'not_authorized', `${appid} has not authorised this platform`);
  return found;
}

const told = (push: Push | undefined, how: How): Promise<object> | null => (push === undefined ? null : settled(push, how));

import { decide, readAuthorization } from '../authorization.js';
import { PageError } from '../page-error.js';
import { demoPerson } from '../demo-world.js';
import { openidOf, type Person, phoneNumberOf, unionidOf } from '../people.js';
import { type World } from '../world.js';
import { ControlError, flag, object, route, text } from './control-route.js';
import { personNamed } from './lookup.js';

const personView = (world: World, person: Person) => ({
  id: person.id,
  name: person.name,
  is_snapshot_user: person.isSnapshotUser,
  refuses_messages: person.refusesMessages,
  is_high_risk: person.isHighRisk,
  phone_number: phoneNumberOf(person).phoneNumber,
  accounts: [...world.apps.values()].map((app) => ({
    appid: app.appid,
    openid: openidOf(person, app),
    unionid: unionidOf(person, app) ?? null,
    follows: person.following.has(app.appid),
  })),
});

export const peopleRoutes = [
  route({
    method: 'GET',
    path: '/_sim/people',
    tag: 'people',
    summary: 'Everyone, with their openid for each app, their unionid, and whom they follow.',
    handle: ({ world }) => [...world.people.values()].map((person) => personView(world, person)),
  }),
  route({
    method: 'POST',
    path: '/_sim/people',
    tag: 'people',
    summary: 'Another person.',
    body: object(
      {
        id: { type: 'string', pattern: '^[a-z0-9-]{1,40}$' },
        name: text(60),
        is_snapshot_user: flag,
        follows: { type: 'array', items: text(18) },
      },
      ['id', 'name'],
    ),
    handle({ world }, body: { id: string; name: string; is_snapshot_user?: boolean; follows?: string[] }) {
      if (world.people.has(body.id)) throw new ControlError(409, 'person_exists', `${body.id} is there already`);
      const person = { ...demoPerson(body.id, body.name, body.follows ?? []), isSnapshotUser: body.is_snapshot_user ?? false };
      world.people.set(person.id, person);
      return personView(world, person);
    },
  }),
  route({
    method: 'PATCH',
    path: '/_sim/people/{person}',
    tag: 'people',
    summary: 'A new name; or from now on a snapshot user, somebody who blocks messages, or of high risk.',
    body: object({ name: text(60), is_snapshot_user: flag, refuses_messages: flag, is_high_risk: flag }),
    handle(call, body: { name?: string; is_snapshot_user?: boolean; refuses_messages?: boolean; is_high_risk?: boolean }) {
      const person = personNamed(call, call.params['person']);
      person.name = body.name ?? person.name;
      person.isSnapshotUser = body.is_snapshot_user ?? person.isSnapshotUser;
      person.refusesMessages = body.refuses_messages ?? person.refusesMessages;
      person.isHighRisk = body.is_high_risk ?? person.isHighRisk;
      return personView(call.world, person);
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/authorize',
    tag: 'people',
    summary: 'Open an authorise or qrconnect address in WeChat and decide: gives the address the browser is sent to.',
    body: object({ url: text(8000), decision: { enum: ['allow', 'deny'] } }, ['url']),
    handle(call, body: { url: string; decision?: 'allow' | 'deny' }) {
      const person = personNamed(call, call.params['person']);
      const [, path = '', rawQuery = ''] = /^(?:https?:\/\/[^/]+)?([^?#]*)\?([^#]*)/.exec(body.url) ?? [];
      if (!['/connect/oauth2/authorize', '/connect/qrconnect'].includes(path)) {
        throw new ControlError(422, 'not_an_authorize_url', 'The path must be /connect/oauth2/authorize or /connect/qrconnect');
      }
      const asked = readAuthorization(call.world, rawQuery, { orderMatters: path.startsWith('/connect/oauth2') });
      const decided = decide(call.world, asked, { person, allows: body.decision !== 'deny' });
      return { redirect_url: decided?.location ?? null, code: decided?.code ?? null, state: asked.state };
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/change-password',
    tag: 'people',
    summary: 'All web-authorisation tokens of the person are void (42007).',
    handle(call) {
      call.world.grants.revokeAll(personNamed(call, call.params['person']));
      return { revoked: true };
    },
  }),
];

/** A page that refuses is an answer to the caller of a control call too. */
export const pageErrorBody = (error: PageError): object => ({
  code: 'page_error',
  page_error: error.number,
  message: error.message,
});

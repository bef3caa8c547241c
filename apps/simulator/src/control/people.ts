import { decide, PageError, readAuthorization } from '../authorization.js';
import { demoPerson } from '../demo-world.js';
import { messageTemplates } from '../events.js';
import { openidOf, type Person, unionidOf } from '../people.js';
import { Phone } from '../phone.js';
import { type Message } from '../push-message.js';
import { type World } from '../world.js';
import { type ControlCall, ControlError, flag, object, route, text } from './control-route.js';
import { appNamed, personNamed, pushView, settled } from './lookup.js';

const personView = (world: World, person: Person) => ({
  id: person.id,
  name: person.name,
  is_snapshot_user: person.isSnapshotUser,
  accounts: [...world.apps.values()].map((app) => ({
    appid: app.appid,
    openid: openidOf(person, app),
    unionid: unionidOf(person, app) ?? null,
    follows: person.following.has(app.appid),
  })),
});

const phoneOf = (call: ControlCall) => new Phone(call.world, personNamed(call, call.params['person']));
const anyFields = { type: 'object', additionalProperties: true };

interface AtApp {
  appid: string;
  wait?: boolean;
}

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
    summary: 'A new name, or a snapshot user from now on.',
    body: object({ name: text(60), is_snapshot_user: flag }),
    handle(call, body: { name?: string; is_snapshot_user?: boolean }) {
      const person = personNamed(call, call.params['person']);
      person.name = body.name ?? person.name;
      person.isSnapshotUser = body.is_snapshot_user ?? person.isSnapshotUser;
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
    path: '/_sim/people/{person}/scan',
    tag: 'people',
    summary:
      'Scan what a code says: an account’s code gives SCAN or subscribe, a login code asks for confirmation, a link is a link.',
    body: object({ content: text(4000), wait: flag }, ['content']),
    async handle(call, body: { content: string; wait?: boolean }) {
      const result = phoneOf(call).scan(body.content);
      return result.kind === 'event' ? { kind: 'event', push: await settled(result.push, body) } : result;
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/follow',
    tag: 'people',
    summary: 'Follow an account.',
    body: object({ appid: text(18), wait: flag }, ['appid']),
    handle: (call, body: AtApp) => settled(phoneOf(call).follow(appNamed(call, body.appid)), body),
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/unfollow',
    tag: 'people',
    summary: 'Unfollow it.',
    body: object({ appid: text(18), wait: flag }, ['appid']),
    handle: (call, body: AtApp) => settled(phoneOf(call).unfollow(appNamed(call, body.appid)), body),
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/say',
    tag: 'people',
    summary: 'Write to an account: a text, or a message of another type.',
    body: object(
      { appid: text(18), type: { enum: Object.keys(messageTemplates) }, text: text(20_000), fields: anyFields, wait: flag },
      ['appid'],
    ),
    handle(call, body: AtApp & { type?: string; text?: string; fields?: Message }) {
      const words = body.text === undefined ? {} : { Content: body.text };
      return settled(phoneOf(call).say(appNamed(call, body.appid), body.type ?? 'text', { ...words, ...body.fields }), body);
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/tap',
    tag: 'people',
    summary: 'Tap a menu button: a key gives CLICK, a url gives VIEW.',
    body: object({ appid: text(18), key: text(128), url: text(1024), wait: flag }, ['appid']),
    handle: (call, body: AtApp & { key?: string; url?: string }) =>
      settled(phoneOf(call).tap(appNamed(call, body.appid), body), body),
  }),
  route({
    method: 'POST',
    path: '/_sim/browser',
    tag: 'people',
    summary: 'An address as WeChat’s browser opens it: the site behind it sees WeChat’s User-Agent.',
    body: object({ url: { type: 'string', maxLength: 8000, pattern: '^https?://' } }, ['url']),
    async handle({ world }, body: { url: string }) {
      if (!URL.canParse(body.url)) throw new ControlError(422, 'bad_url', 'This is not a URL');
      return { url: await world.browser.open(body.url) };
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
  route({
    method: 'GET',
    path: '/_sim/people/{person}/chat',
    tag: 'people',
    summary: 'What the person sent to an account and what came back.',
    query: { appid: text(18) },
    handle(call) {
      const app = appNamed(call, call.query['appid']);
      const openid = openidOf(personNamed(call, call.params['person']), app);
      return call.world.pushes.pushes.filter((push) => push.appid === app.appid && push.openid === openid).map(pushView);
    },
  }),
];

/** A page that refuses is an answer to the caller of a control call too. */
export const pageErrorBody = (error: PageError): object => ({
  code: 'page_error',
  page_error: error.number,
  message: error.message,
});

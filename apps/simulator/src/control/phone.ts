import { messageTemplates } from '../events.js';
import { openidOf } from '../people.js';
import { Phone } from '../phone.js';
import { type Message } from '../push-message.js';
import { type ControlCall, ControlError, flag, object, route, text } from './control-route.js';
import { appNamed, personNamed, pushView, settled } from './lookup.js';

const phoneOf = (call: ControlCall) => new Phone(call.world, personNamed(call, call.params['person']));
const anyFields = { type: 'object', additionalProperties: true };

interface AtApp {
  appid: string;
  wait?: boolean;
}

/** What people do with their phones. */
export const phoneRoutes = [
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

import { eventTemplates } from '../events.js';
import { Phone, systemEvent } from '../phone.js';
import { type Message } from '../push-message.js';
import { ControlError, flag, object, route, text } from './control-route.js';
import { appNamed, personNamed, pushView, settled } from './lookup.js';

export const pushRoutes = [
  route({
    method: 'GET',
    path: '/_sim/events',
    tag: 'pushes',
    summary: 'The events there are, with their sample fields. Any other name can be sent too.',
    handle: () =>
      Object.entries(eventTemplates).map(([event, { more, personal }]) => ({
        event,
        personal,
        fields: JSON.parse(
          JSON.stringify(more, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
        ) as unknown,
      })),
  }),
  route({
    method: 'POST',
    path: '/_sim/apps/{appid}/events',
    tag: 'pushes',
    summary: 'Push an event to the callback of an app. Fields given here replace or follow the sample ones.',
    body: object({ event: text(100), person: text(40), fields: { type: 'object', additionalProperties: true }, wait: flag }, [
      'event',
    ]),
    handle(call, body: { event: string; person?: string; fields?: Message; wait?: boolean }) {
      const app = appNamed(call, call.params['appid']);
      const fields = body.fields ?? {};
      if (body.person === undefined && eventTemplates[body.event]?.personal) {
        throw new ControlError(422, 'person_missing', `${body.event} comes from a person: name one`);
      }
      const push =
        body.person === undefined
          ? systemEvent(call.world, app, { event: body.event, fields })
          : new Phone(call.world, personNamed(call, body.person)).event(app, body.event, fields);
      return settled(push, body);
    },
  }),
  route({
    method: 'GET',
    path: '/_sim/pushes',
    tag: 'pushes',
    summary: 'Pushes with every attempt, what was answered, and the reply as it was read.',
    query: { appid: text(18) },
    handle: ({ world, query }) =>
      world.pushes.pushes.filter((push) => query['appid'] === undefined || push.appid === query['appid']).map(pushView),
  }),
  route({
    method: 'GET',
    path: '/_sim/pushes/{push}',
    tag: 'pushes',
    summary: 'One push, as far as it has got.',
    handle(call) {
      const push = call.world.pushes.find(call.params['push'] ?? '');
      if (!push) throw new ControlError(404, 'no_such_push', 'There is no such push');
      return pushView(push);
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/pushes/{push}/repeat',
    tag: 'pushes',
    summary: 'The same message as a push of its own, signed anew; the way to send one that was withheld.',
    body: object({ wait: flag }),
    bodyIsOptional: true,
    handle(call, body: { wait?: boolean } | undefined | null) {
      const push = call.world.pushes.find(call.params['push'] ?? '');
      if (!push) throw new ControlError(404, 'no_such_push', 'There is no such push');
      return settled(call.world.pushes.repeat(push), body ?? {});
    },
  }),
];

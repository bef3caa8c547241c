import { openidOf } from '../people.js';
import { Phone } from '../phone.js';
import { ControlError, flag, object, route, text } from './control-route.js';
import { appNamed, personNamed, settled } from './lookup.js';

/** What apps sent to people, and what people let them send. */
export const messageRoutes = [
  route({
    method: 'GET',
    path: '/_sim/people/{person}/inbox',
    tag: 'people',
    summary: 'Template, subscribe and customer-service messages that an app sent to the person, the oldest first.',
    query: { appid: text(18) },
    handle(call) {
      const app = appNamed(call, call.query['appid']);
      return call.world.outbox.to(app.appid, openidOf(personNamed(call, call.params['person']), app));
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/people/{person}/subscribe-message',
    tag: 'people',
    summary: 'Let an app send a subscribe message, once or (a long-term template) always; "reject" takes it back.',
    body: object({ appid: text(18), template_id: text(100), decision: { enum: ['accept', 'reject'] }, wait: flag }, [
      'appid',
      'template_id',
    ]),
    handle(call, body: { appid: string; template_id: string; decision?: 'accept' | 'reject'; wait?: boolean }) {
      const { world } = call;
      const app = appNamed(call, body.appid);
      const person = personNamed(call, call.params['person']);
      const template = world.templates.of(app).find(({ id }) => id === body.template_id);
      if (!template) throw new ControlError(404, 'no_such_template', `${app.appid} has no template ${body.template_id}`);
      const { decision = 'accept' } = body;
      const openid = openidOf(person, app);
      if (decision === 'accept') world.subscriptions.allow(app.appid, openid, template);
      else world.subscriptions.forbid(app.appid, openid, template);
      const told = { TemplateId: template.id, SubscribeStatusString: decision, PopupScene: '2' };
      const push = new Phone(world, person).event(app, 'subscribe_msg_popup_event', { SubscribeMsgPopupEvent: { List: [told] } });
      return settled(push, body);
    },
  }),
];

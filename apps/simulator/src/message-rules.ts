import { type App } from './apps.js';
import { type Call, objectField, textField } from './call.js';
import { checkValues, type MessageTemplate } from './message-templates.js';
import { type Person } from './people.js';
import { Refusal } from './refusal.js';

type Body = Readonly<Record<string, unknown>>;

/** Whom a message goes to; an openid of another account is nobody. */
export function recipientOf(call: Call, app: App, body: Body): { readonly person: Person; readonly openid: string } {
  const openid = textField(body, 'touser') ?? '';
  const person = call.world.personOf(app, openid);
  if (!person) throw new Refusal(40003);
  return { person, openid };
}

export function templateOf(call: Call, app: App, body: Body): MessageTemplate {
  const id = textField(body, 'template_id') ?? '';
  if (id === '' || id.length > 100) throw new Refusal(40036);
  const template = call.world.templates.of(app).find((one) => one.id === id);
  if (!template) throw new Refusal(40037);
  return template;
}

export const checkData = (template: MessageTemplate, body: Body): void => checkValues(template, objectField(body, 'data'));

/** The mini program that a message opens must be known here, bound to the same open-platform account. */
export function checkMiniProgram(call: Call, app: App, body: Body): void {
  if (body['miniprogram'] === undefined) return;
  const target = objectField(body, 'miniprogram');
  const program = call.world.apps.get(textField(target, 'appid') ?? '');
  if (program?.kind !== 'mini_program' || program.openPlatform !== app.openPlatform) throw new Refusal(40013);
  const [page = ''] = (textField(target, 'pagepath') ?? '').split('?');
  if (page !== '' && !program.releasedPages.includes(page)) throw new Refusal(40165);
}

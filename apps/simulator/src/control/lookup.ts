import { type App } from '../apps.js';
import { type Platform } from '../platforms.js';
import { type Person } from '../people.js';
import { type Push } from '../push-engine.js';
import { ControlError, type ControlCall } from './control-route.js';

export function appNamed(call: ControlCall, appid: string | undefined): App {
  const app = call.world.apps.get(appid ?? '');
  if (!app) throw new ControlError(404, 'no_such_app', `There is no app ${appid}`);
  return app;
}

export function platformNamed(call: ControlCall): Platform {
  const appid = call.params['platform'];
  const platform = call.world.platforms.get(appid ?? '');
  if (!platform) throw new ControlError(404, 'no_such_platform', `There is no third-party platform ${appid}`);
  return platform;
}

export function personNamed(call: ControlCall, id: string | undefined): Person {
  const person = call.world.people.get(id ?? '');
  if (!person) throw new ControlError(404, 'no_such_person', `There is no person ${id}`);
  return person;
}

/** `wait: false` answers at once; otherwise the last attempt is waited for, which may take three deadlines. */
export async function settled(push: Push, options: { wait?: boolean | undefined }): Promise<object> {
  if (options.wait !== false && push.state !== 'held') await push.done;
  return pushView(push);
}

export function pushView(push: Push): object {
  const { id, appid, openid, label, state, attempts, reply } = push;
  const message = JSON.parse(
    JSON.stringify(push.message, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  ) as unknown;
  return { id, appid, openid, label, state, message, attempts, reply };
}

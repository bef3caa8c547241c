import type { PushFields } from './push-fields.js';

/** `message.text`, `event.subscribe`. An InfoType for a platform becomes `event.` and its name. */
export function typeOf({ MsgType, Event, InfoType }: PushFields): string {
  if (typeof InfoType === 'string') return named('event', InfoType);
  if (typeof MsgType !== 'string') return 'event.unknown';
  if (MsgType.toLowerCase() !== 'event') return named('message', MsgType);
  return typeof Event === 'string' ? named('event', Event) : 'event.unknown';
}

/** A name in lower_snake: `view_miniprogram` stays, `SCAN` and `scan` are equal, `SomeEvent` becomes `some_event`. */
function named(family: 'event' | 'message', name: string): string {
  const snake = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return /^[a-z0-9_]{1,64}$/.test(snake) ? `${family}.${snake}` : 'event.unknown';
}

import { ControlError, flag, object, route, text } from './control-route.js';
import { defaultSwitches, switchList, type Switches } from '../switches.js';
import { type World } from '../world.js';

const clockView = ({ clock }: World) => ({
  now: new Date(clock.now()).toISOString(),
  unix_seconds: clock.seconds(),
  stopped: clock.stopped,
});

interface ClockChange {
  advance_seconds?: number;
  set_to?: string;
  stopped?: boolean;
}

export const timeRoutes = [
  route({
    method: 'POST',
    path: '/_sim/reset',
    tag: 'world',
    summary: 'Start anew: demo apps and people, no tokens, no faults, real time.',
    body: object({ keep_callbacks: flag, seed: text(200) }),
    bodyIsOptional: true,
    handle(call, body: { keep_callbacks?: boolean; seed?: string } | undefined | null) {
      return clockView(call.reset({ keepCallbacks: body?.keep_callbacks ?? false, seed: body?.seed }));
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/seed',
    tag: 'world',
    summary: 'Seed chance: the same seed and the same calls give the same tokens, codes and nonces.',
    body: object({ seed: text(200) }, ['seed']),
    handle(call, body: { seed: string }) {
      call.world.chance.seed(body.seed);
      return { seed: body.seed };
    },
  }),
  route({
    method: 'GET',
    path: '/_sim/clock',
    tag: 'world',
    summary: 'The virtual time.',
    handle: (call) => clockView(call.world),
  }),
  route({
    method: 'POST',
    path: '/_sim/clock',
    tag: 'world',
    summary: 'Move the virtual clock, set it, stop it or let it run. Everything that expires obeys it.',
    body: object({
      advance_seconds: { type: 'number', minimum: -31_536_000, maximum: 315_360_000 },
      set_to: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$' },
      stopped: flag,
    }),
    handle(call, body: ClockChange) {
      const { clock } = call.world;
      if (body.stopped === true) clock.stop();
      if (body.stopped === false) clock.run();
      if (body.set_to !== undefined && Number.isNaN(Date.parse(body.set_to))) {
        throw new ControlError(422, 'no_such_moment', 'This is not a moment');
      }
      if (body.set_to !== undefined) clock.setTo(Date.parse(body.set_to));
      if (body.advance_seconds !== undefined) clock.advance(body.advance_seconds);
      call.world.componentTickets.pushDue();
      return clockView(call.world);
    },
  }),
  route({
    method: 'GET',
    path: '/_sim/switches',
    tag: 'world',
    summary: 'Every switch: its value, its default, what it decides.',
    handle: ({ world }) =>
      Object.entries(switchList).map(([name, choice]) => ({
        name,
        value: world.switches[name as keyof Switches],
        default: choice.default,
        meaning: choice.meaning,
        accepts: choice.schema,
      })),
  }),
  route({
    method: 'PATCH',
    path: '/_sim/switches',
    tag: 'world',
    summary: 'Set switches; null puts one back to its default.',
    body: object(
      Object.fromEntries(Object.entries(switchList).map(([name, { schema }]) => [name, { anyOf: [schema, { type: 'null' }] }])),
    ),
    handle(call, body: Partial<Record<keyof Switches, unknown>>) {
      const defaults = defaultSwitches();
      for (const name of Object.keys(body) as (keyof Switches)[]) {
        if (!Object.hasOwn(defaults, name)) throw new ControlError(400, 'no_such_switch', `There is no switch ${name}`);
        Object.assign(call.world.switches, { [name]: body[name] ?? defaults[name] });
      }
      return call.world.switches;
    },
  }),
];

import { type Message } from '../push-message.js';
import { releaseTestNames, type ReleaseTest, runReleaseTests } from '../release-tests.js';
import { ControlError, flag, object, route, text } from './control-route.js';
import { platformNamed, pushView, settled } from './lookup.js';

const ownEvents = ['component_verify_ticket', 'authorized', 'updateauthorized', 'unauthorized'];

/** What WeChat, or somebody else, does to a platform. */
export const platformOperationRoutes = [
  route({
    method: 'POST',
    path: '/_sim/platforms/{platform}/push-ticket',
    tag: 'platforms',
    summary: 'Push a new component_verify_ticket now, whatever the clock says.',
    body: object({ wait: flag }),
    bodyIsOptional: true,
    handle: (call, body: { wait?: boolean } | undefined | null) =>
      settled(call.world.componentTickets.push(platformNamed(call)), body ?? {}),
  }),
  route({
    method: 'PUT',
    path: '/_sim/platforms/{platform}/quota',
    tag: 'platforms',
    summary: 'Another limit for one path of the platform.',
    body: object({ path: text(200), daily: { type: 'integer', minimum: 0 } }, ['path', 'daily']),
    handle(call, body: { path: string; daily: number }) {
      call.world.quota.override(platformNamed(call).appid, body.path, { daily: body.daily });
      return body;
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/platforms/{platform}/kill-tokens',
    tag: 'platforms',
    summary:
      'Another party with the same secret: every living token of the platform, or that of one authorizer, is dead at once.',
    body: object({ authorizer: text(18) }),
    bodyIsOptional: true,
    handle(call, body: { authorizer?: string } | undefined | null) {
      const platform = platformNamed(call);
      const { authorizations, componentTokens } = call.world;
      const appid = body?.authorizer;
      if (appid === undefined) return { killed: componentTokens.kill((holder) => holder === platform) };
      return { killed: authorizations.tokens.kill((holder) => holder.platform === platform && holder.app.appid === appid) };
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/platforms/{platform}/release-tests',
    tag: 'platforms',
    summary:
      'What WeChat tries before a release to the whole network: messages to accounts of its own, and a verdict for each. "pair" (1 to 5) is drawn if not given; "event" is of older versions.',
    body: object({
      pair: { type: 'integer', minimum: 1, maximum: 5 },
      tests: { type: 'array', items: { enum: releaseTestNames } },
      patience_ms: { type: 'integer', minimum: 0, maximum: 60_000 },
    }),
    bodyIsOptional: true,
    async handle(call, body: { pair?: number; tests?: ReleaseTest[]; patience_ms?: number } | undefined | null) {
      const { pair, tests = releaseTestNames, patience_ms: patienceMs = 10_000 } = body ?? {};
      const steps = await runReleaseTests(call.world, platformNamed(call), { pair, tests, patienceMs });
      return {
        passed: steps.every(({ problem }) => problem === null),
        steps: steps.map((step) => ({ ...step, passed: step.problem === null, push: pushView(step.push) })),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/platforms/{platform}/events',
    tag: 'platforms',
    summary: 'Push an event of another InfoType, known or not: notify_third_fasteregister and the like.',
    body: object({ info_type: text(100), fields: { type: 'object', additionalProperties: true }, wait: flag }, ['info_type']),
    handle(call, body: { info_type: string; fields?: Message; wait?: boolean }) {
      const platform = platformNamed(call);
      // What becomes of tickets and authorisations is told when it happens, and never otherwise.
      if (ownEvents.includes(body.info_type))
        throw new ControlError(422, 'not_forged', `${body.info_type} has a call of its own`);
      const head = { AppId: platform.appid, CreateTime: call.world.clock.seconds(), InfoType: body.info_type };
      const message = { ...head, ...body.fields };
      return settled(call.world.pushes.pushToPlatform(platform, { openid: '', label: body.info_type, message }), body);
    },
  }),
];

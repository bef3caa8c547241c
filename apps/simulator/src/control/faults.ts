import { type PushFault, type WireFault } from '../faults.js';
import { ControlError, object, route, text } from './control-route.js';

const count = { type: 'integer', minimum: 1, maximum: 1_000_000 };
const milliseconds = { type: 'integer', minimum: 0, maximum: 600_000 };

interface WireFaultPlan {
  path?: string;
  naming?: string;
  count?: number;
  kind: WireFault['kind'];
  errcode?: number;
  errmsg?: string;
  status?: number;
  delay_ms?: number;
}

interface PushFaultPlan {
  appid?: string;
  count?: number;
  kind: PushFault['kind'];
  delay_ms?: number;
}

export const faultRoutes = [
  route({
    method: 'GET',
    path: '/_sim/faults',
    tag: 'faults',
    summary: 'Faults that still wait for their call or push.',
    handle: ({ world }) => ({ calls: world.wireFaults.list(), pushes: world.pushFaults.list() }),
  }),
  route({
    method: 'POST',
    path: '/_sim/faults',
    tag: 'faults',
    summary:
      'Let the next calls of a path go wrong; without a path, of any path; "naming" an appid, only those that name it in query or body.',
    body: object(
      {
        path: text(200),
        naming: text(18),
        count,
        kind: { enum: ['errcode', 'status', 'html', 'truncated', 'image_type', 'hang', 'reset_before', 'reset_after', 'slow'] },
        errcode: { type: 'integer' },
        errmsg: text(500),
        status: { type: 'integer', minimum: 500, maximum: 599 },
        delay_ms: milliseconds,
      },
      ['kind'],
    ),
    handle({ world }, body: WireFaultPlan) {
      world.wireFaults.plan(wireFault(body), { where: body.path, naming: body.naming, count: body.count ?? 1 });
      return { planned: world.wireFaults.list().length };
    },
  }),
  route({
    method: 'POST',
    path: '/_sim/faults/pushes',
    tag: 'faults',
    summary: 'Let the next pushes go wrong: twice, late, after the next one, wrongly signed, under another key, for another app.',
    body: object(
      {
        appid: text(18),
        count,
        kind: { enum: ['duplicate', 'delay', 'reorder', 'mis_sign', 'wrong_key', 'wrong_receive_id'] },
        delay_ms: milliseconds,
      },
      ['kind'],
    ),
    handle({ world }, body: PushFaultPlan) {
      const fault: PushFault = body.kind === 'delay' ? { kind: 'delay', delay_ms: body.delay_ms ?? 1000 } : { kind: body.kind };
      world.pushFaults.plan(fault, { where: body.appid, count: body.count ?? 1 });
      return { planned: world.pushFaults.list().length };
    },
  }),
  route({
    method: 'DELETE',
    path: '/_sim/faults',
    tag: 'faults',
    summary: 'Forget all planned faults.',
    handle({ world }) {
      world.wireFaults.clear();
      world.pushFaults.clear();
      return { planned: 0 };
    },
  }),
];

function wireFault(plan: WireFaultPlan): WireFault {
  switch (plan.kind) {
    case 'errcode':
      if (plan.errcode === undefined) throw new ControlError(422, 'errcode_missing', 'A fault of kind errcode names one');
      return { kind: 'errcode', errcode: plan.errcode, ...(plan.errmsg === undefined ? {} : { errmsg: plan.errmsg }) };
    case 'status':
      return { kind: 'status', status: plan.status ?? 502 };
    case 'slow':
      return { kind: 'slow', delay_ms: plan.delay_ms ?? 1000 };
    default:
      return { kind: plan.kind };
  }
}

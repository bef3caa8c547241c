import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { setTimeout as after } from 'node:timers/promises';
import { answerCall, refusalAnswer } from './answering.js';
import { Call } from './call.js';
import { type Answer, type Endpoint, html } from './endpoint.js';
import { endpoints } from './endpoints.js';
import { type WireFault } from './faults.js';
import { Refusal } from './refusal.js';
import { type World } from './world.js';

/** WeChat's side of the simulator. `world` is asked anew for each call, since a reset replaces it. */
export function serveWire(app: FastifyInstance, world: () => World): void {
  // Bodies arrive as they are: WeChat does not look at the Content-Type, and malformed ones must get its answers.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  for (const endpoint of endpoints) {
    const handler = (request: FastifyRequest, reply: FastifyReply) => serve(endpoint, { request, reply, world: world() });
    app.route({ method: ['GET', 'POST'], url: endpoint.path, handler });
  }
  // Other verbs are WeChat's to refuse. A route for each of the thirty would be most of the simulator's start.
  const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
  app.setNotFoundHandler((request, reply) => serve(byPath.get(pathOf(request)), { request, reply, world: world() }));
}

const pathOf = ({ raw }: FastifyRequest): string => raw.url?.split('?')[0] ?? '';

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly world: World;
}

async function serve(endpoint: Endpoint | undefined, exchange: Exchange): Promise<FastifyReply> {
  const { request, reply, world } = exchange;
  const started = performance.now();
  const call = callOf(request, world);
  const fault = world.wireFaults.take(call.path, (appid) => `${call.rawQuery} ${call.body.toString('latin1')}`.includes(appid));
  const answer = fault ? await withFault(fault, endpoint, call) : answerCall(endpoint, call);
  if (!endpoint?.unlisted) record(call, { answer, fault, milliseconds: performance.now() - started });
  if (!answer) return leaveSilently(reply, fault);
  if (call.path === '/cgi-bin/token') reply.header('connection', 'close');
  await answer.waitsFor;
  if (answer.afterwards) reply.raw.once('finish', answer.afterwards);
  return reply
    .code(answer.status)
    .headers({ ...answer.headers, date: new Date(world.clock.now()).toUTCString() })
    .send(answer.body);
}

/** Undefined: the caller gets no answer at all. */
async function withFault(fault: WireFault, endpoint: Endpoint | undefined, call: Call): Promise<Answer | undefined> {
  switch (fault.kind) {
    case 'errcode':
      return refusalAnswer(call, new Refusal(fault.errcode, fault.errmsg));
    case 'status':
      return html(
        `<html><head><title>${fault.status}</title></head><body><center><h1>${fault.status}</h1></center></body></html>`,
        fault.status,
      );
    case 'html':
      return html('<html><body>The service is busy, please try again later.</body></html>');
    case 'hang':
    case 'reset_before':
      return undefined;
    case 'reset_after':
      answerCall(endpoint, call).afterwards?.();
      return undefined;
    case 'slow':
      await after(fault.delay_ms, undefined, { ref: false });
      return answerCall(endpoint, call);
    case 'truncated': {
      const whole = answerCall(endpoint, call);
      return { ...whole, body: whole.body.subarray(0, Math.ceil(whole.body.length / 2)) };
    }
    case 'image_type':
      return { ...answerCall(endpoint, call), headers: { 'content-type': 'image/jpeg' } };
  }
}

/** A hanging call stays open until its caller gives up; a reset is a real RST, not a polite end. */
function leaveSilently(reply: FastifyReply, fault: WireFault | undefined): FastifyReply {
  reply.hijack();
  if (fault?.kind !== 'hang') reply.raw.socket?.resetAndDestroy();
  return reply;
}

function callOf(request: FastifyRequest, world: World): Call {
  const [path = '', ...query] = request.raw.url?.split('?') ?? [];
  return new Call({
    world,
    method: request.method,
    path,
    rawQuery: query.join('?'),
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    clientIp: request.ip.replace(/^::ffff:/, ''),
    origin: `http://${request.host}`,
  });
}

const longestKept = 4000;

function record(call: Call, outcome: { answer: Answer | undefined; fault: WireFault | undefined; milliseconds: number }): void {
  const { answer, fault } = outcome;
  const isText = /json|text/.test(answer?.headers['content-type'] ?? 'text');
  call.world.journal.add({
    kind: 'request',
    appid: call.appid ?? knownAppid(call),
    method: call.method,
    path: call.path.slice(0, 200),
    query: call.rawQuery.slice(0, longestKept),
    request_body: call.body.toString('utf8', 0, longestKept),
    status: answer?.status ?? null,
    errcode: answer?.errcode ?? 0,
    response_body: isText ? (answer?.body.toString('utf8', 0, longestKept) ?? '') : `(${answer?.body.length ?? 0} bytes)`,
    rid: call.rid,
    client_ip: call.clientIp,
    cost_in_ms: Math.round(outcome.milliseconds),
    fault: fault?.kind ?? null,
  });
}

/** A call that failed before it was known whose it is may still name its app. */
function knownAppid(call: Call): string | null {
  const named = call.query.get('appid') ?? '';
  return call.world.apps.has(named) ? named : null;
}

import { route } from './control-route.js';
import { confirmUrl } from '../pages/qrconnect.js';

export const journalRoutes = [
  route({
    method: 'GET',
    path: '/_sim/counters',
    tag: 'journal',
    summary: 'How often each path was called for each app, and how often that failed.',
    handle: ({ world }) => world.journal.callCounts(),
  }),
  route({
    method: 'GET',
    path: '/_sim/journal',
    tag: 'journal',
    summary: 'The last requests and push attempts, oldest first.',
    query: { after: { type: 'string', pattern: '^[0-9]+$' } },
    handle: ({ world, query }) => world.journal.since(Number(query['after'] ?? 0)),
  }),
  route({
    method: 'GET',
    path: '/_sim/journal/live',
    tag: 'journal',
    summary: 'The journal as server-sent events.',
    answer: 'text/event-stream',
    handle({ world, reply }) {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      reply.raw.write(': listening\n\n');
      const stop = world.journal.follow((entry) => reply.raw.write(`data: ${JSON.stringify(entry)}\n\n`));
      reply.raw.on('close', stop);
      return reply;
    },
  }),
  route({
    method: 'GET',
    path: '/_sim/qr-codes',
    tag: 'journal',
    summary: 'Codes that a phone could scan now: of accounts, and of website logins that wait.',
    handle: ({ world }) => [
      ...world.logins.waiting().map((login) => ({ kind: 'website_login', appid: login.appid, content: confirmUrl(login.uuid) })),
      ...world.qrCodes
        .live()
        .slice(-50)
        .map((code) => ({
          kind: 'account',
          appid: code.appid,
          content: code.url,
          ticket: code.ticket,
          scene: code.scene,
          expires_at: code.lifetime === undefined ? null : code.createdAt + code.lifetime,
        })),
    ],
  }),
];

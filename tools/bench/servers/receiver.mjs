import http from 'node:http';
import { tellParent } from './tell-parent.mjs';

/** A receiver of webhooks that does nothing: how many came, and when each event did, is told when it is asked. */
let times = new Map();

const server = http.createServer((request, reply) => {
  if (request.method === 'GET') return void reply.end(JSON.stringify([...times]));
  if (request.method === 'DELETE') return void ((times = new Map()), reply.end());
  const at = Date.now();
  request.resume();
  request.on('end', () => {
    times.set(`${request.url} ${request.headers['webhook-id']}`, at);
    reply.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => tellParent(server.address().port));

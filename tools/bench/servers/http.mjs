import http from 'node:http';
import { tellParent } from './tell-parent.mjs';

const answer = JSON.parse(process.argv[2]);

const server = http.createServer((request, reply) => {
  request.resume();
  const text = JSON.stringify(answer);
  reply.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) });
  reply.end(text);
});
server.listen(0, '127.0.0.1', () => tellParent(server.address().port));

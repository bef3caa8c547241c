import fastify from 'fastify';
import { tellParent } from './tell-parent.mjs';

const answer = JSON.parse(process.argv[2]);

const server = fastify();
server.all('*', async () => answer);
await server.listen({ port: 0, host: '127.0.0.1' });
tellParent(server.server.address().port);

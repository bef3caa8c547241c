import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { connectionOptions, isUnreachable } from '#database';
import { readSettings } from '#settings';
import { afterThisTest } from './support/cleanup.js';
import { productionEnv } from './support/gateway.js';

/** A message of Postgres: its letter, its length, its bytes. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const welcome = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);
const shutdown = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'));

/** Ends each session in the packet that begins it, as a server does that stops at this moment. */
async function stoppingServer(): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy()).once('data', () => socket.end(Buffer.concat([welcome, shutdown])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(() => new Promise((resolve) => server.close(resolve)));
  return `postgres://gateway@127.0.0.1:${(server.address() as net.AddressInfo).port}/gateway`;
}

describe('A connection to the database', () => {
  it('that ends in the moment it begins fails whoever wanted it, and not the process', async () => {
    const url = await stoppingServer();
    const source = new DataSource(connectionOptions(readSettings(productionEnv(url)), url));

    const failure = await source.initialize().catch((error: unknown) => error);

    expect(isUnreachable(failure)).toBe(true);
  });
});

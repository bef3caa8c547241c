import { Socket } from 'node:net';

/**
 * A socket that gives up when nothing has moved on it for so long. Where a network swallows packets, or the other side
 * vanished without a word, TCP itself notices after a quarter of an hour, and whoever asked would wait for as long.
 */
export function impatientSocket(milliseconds: number): Socket {
  const socket = new Socket();
  socket.setTimeout(milliseconds, () => {
    socket.destroy(Object.assign(new Error(`The database was silent for ${milliseconds} ms`), { code: 'ETIMEDOUT' }));
  });
  return socket;
}

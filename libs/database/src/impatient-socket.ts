import { Socket } from 'node:net';

/**
 * A socket that gives up when no data moved for that long. If a network drops packets, or the other side vanishes, TCP itself
 * notices only after a quarter of an hour, and queries would wait as long.
 */
export function impatientSocket(milliseconds: number): Socket {
  const socket = new Socket();
  socket.setTimeout(milliseconds, () => {
    socket.destroy(Object.assign(new Error(`The database was silent for ${milliseconds} ms`), { code: 'ETIMEDOUT' }));
  });
  return socket;
}

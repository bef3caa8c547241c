import net from 'node:net';
import { afterThisTest } from './cleanup.js';

/** Stands between a gateway and its database, and can be cut: a network that fails, as far as the gateway can tell. */
export class SeverableProxy {
  private readonly sockets = new Set<net.Socket>();
  private state: 'open' | 'refusing' | 'swallowing' = 'open';

  private constructor(
    private readonly server: net.Server,
    readonly url: string,
  ) {}

  static async to(target: string): Promise<SeverableProxy> {
    const address = new URL(target);
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const url = Object.assign(new URL(target), { host: `127.0.0.1:${port}` }).href;
    const proxy = new SeverableProxy(server, url);
    server.on('connection', (near) => proxy.join(near, Number(address.port || 5432), address.hostname));
    afterThisTest(() => proxy.close());
    return proxy;
  }

  /** Ends every connection, and every new one as soon as it is made. */
  cut(): void {
    this.state = 'refusing';
    for (const socket of this.sockets) socket.destroy();
  }

  /** Keeps every connection, and takes every new one, but passes nothing on any more: also after it is mended. */
  swallow(): void {
    this.state = 'swallowing';
    for (const socket of this.sockets) socket.unpipe().resume();
  }

  mend(): void {
    this.state = 'open';
  }

  private join(near: net.Socket, port: number, host: string): void {
    if (this.state === 'refusing') {
      near.destroy();
      return;
    }
    if (this.state === 'swallowing') {
      this.keep(near).resume();
      return;
    }
    const far = net.connect({ port, host });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.keep(one)
        .on('close', () => other.destroy())
        .pipe(other);
    }
  }

  private keep(socket: net.Socket): net.Socket {
    this.sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => this.sockets.delete(socket));
  }

  private close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

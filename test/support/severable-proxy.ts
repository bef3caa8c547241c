import net from 'node:net';
import { afterThisTest } from './cleanup.js';

/** Stands between a gateway and its database, and can be cut: a network that fails, as far as the gateway can tell. */
export class SeverableProxy {
  private readonly sockets = new Set<net.Socket>();
  private state: 'open' | 'refusing' | 'swallowing' = 'open';
  private delayMilliseconds = 0;
  private questionsLeft = Number.POSITIVE_INFINITY;

  private constructor(
    private readonly server: net.Server,
    readonly url: string,
    private target: { host: string; port: number },
  ) {}

  static async to(target: string): Promise<SeverableProxy> {
    const address = new URL(target);
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const url = Object.assign(new URL(target), { host: `127.0.0.1:${port}` }).href;
    const proxy = new SeverableProxy(server, url, targetOf(address));
    server.on('connection', (near) => proxy.join(near));
    afterThisTest(() => proxy.close());
    return proxy;
  }

  /** Ends every connection, and every new one as soon as it is made. */
  cut(): void {
    this.state = 'refusing';
    for (const socket of this.sockets) socket.destroy();
  }

  /** After that many further questions, none of which is answered any more once it is cut. */
  cutAfter(questions: number): void {
    this.questionsLeft = questions;
    if (questions === 0) this.cut();
  }

  get isCut(): boolean {
    return this.state !== 'open';
  }

  /** Keeps every connection, and takes every new one, but passes nothing on any more: also after it is mended. */
  swallow(): void {
    this.state = 'swallowing';
    for (const socket of this.sockets) socket.unpipe().removeAllListeners('data').resume();
  }

  mend(): void {
    this.questionsLeft = Number.POSITIVE_INFINITY;
    this.state = 'open';
  }

  /** The database came back at another address. */
  retarget(url: string): void {
    this.target = targetOf(new URL(url));
  }

  /** From now on every question takes that much longer. */
  delay(milliseconds: number): void {
    this.delayMilliseconds = milliseconds;
  }

  private join(near: net.Socket): void {
    if (this.state === 'refusing') {
      near.destroy();
      return;
    }
    if (this.state === 'swallowing') {
      this.keep(near).resume();
      return;
    }
    const far = net.connect(this.target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.keep(one).on('close', () => other.destroy());
      if (one === far) one.pipe(other);
      else one.on('data', (part: Buffer) => this.passOn(part, other));
    }
  }

  private passOn(part: Buffer, far: net.Socket): void {
    if (this.questionsLeft-- <= 0) {
      this.cut();
      return;
    }
    if (this.delayMilliseconds === 0) far.write(part);
    else setTimeout(() => far.writable && far.write(part), this.delayMilliseconds);
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

const targetOf = ({ hostname, port }: URL) => ({ host: hostname, port: Number(port || 5432) });

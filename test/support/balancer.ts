import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterThisTest } from './cleanup.js';

/** Stands before some replicas under one address, as in production: each request goes to one of them, and breaks off with it. */
export class Balancer {
  private constructor(
    readonly url: string,
    private readonly replicas: () => readonly { readonly url: string }[],
  ) {}

  static async before(replicas: () => readonly { readonly url: string }[]): Promise<Balancer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterThisTest(
      () =>
        new Promise<void>((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
    const balancer = new Balancer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, replicas);
    server.on('request', (question, answer) => {
      const onward = ask(
        `${balancer.next()}${question.url ?? ''}`,
        { method: question.method, headers: question.headers },
        (said) => {
          answer.writeHead(said.statusCode ?? 502, said.headers);
          said.on('error', () => answer.destroy()).pipe(answer);
        },
      );
      question.pipe(onward.on('error', () => answer.destroy()));
    });
    return balancer;
  }

  private next(): string {
    const all = this.replicas();
    return all[Math.floor(Math.random() * all.length)]?.url ?? 'http://127.0.0.1:9';
  }
}

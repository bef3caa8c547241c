import { type IncomingMessage, createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterThisTest } from './cleanup.js';

export interface Passing {
  readonly path: string;
  readonly body: string;
}

/** Stands between a gateway and WeChat, and tells a test of each question, and of each answer before the gateway has it. */
export class WechatFront {
  onQuestion: (passing: Passing) => Promise<void> = () => Promise.resolve();
  onAnswer: (passing: Passing) => Promise<void> | void = () => undefined;

  private constructor(readonly url: string) {}

  static async to(target: string): Promise<WechatFront> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterThisTest(
      () =>
        new Promise<void>((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
    const front = new WechatFront(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (question, answer) => {
      void textOf(question).then(async (body) => {
        const passing = { path: (question.url ?? '').split('?')[0] ?? '', body };
        await front.onQuestion(passing);
        const onward = ask(target + (question.url ?? ''), { method: question.method, headers: question.headers }, (said) => {
          void textOf(said).then(async (text) => {
            await front.onAnswer(passing);
            answer.writeHead(said.statusCode ?? 502, { 'content-type': 'application/json' }).end(text);
          });
        });
        onward.on('error', () => answer.destroy()).end(body);
      });
    });
    return front;
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

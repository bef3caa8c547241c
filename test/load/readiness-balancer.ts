import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterThisTest } from '../support/cleanup.js';

interface Backend {
  readonly name: string;
  readonly url: string;
  isReady: boolean;
  isLeaving: boolean;
}

const checkMilliseconds = 100;

/**
 * What stands before an operator's replicas: it sends each request to any of those that say they are ready. Whatever no
 * caller may ever see, it notes.
 */
export class ReadinessBalancer {
  /** How many were told to come back. */
  postponed = 0;
  answers = 0;
  /** How long a caller waited at most, in milliseconds, and for what. */
  longest = { milliseconds: 0, asked: '' };
  /** Other answers of 5xx, connections that broke, and replicas that were not ready although nobody stopped them. */
  readonly failures: string[] = [];
  /** Which replica answered what kind of request, as `name kind`. */
  readonly served = new Set<string>();
  private backends: Backend[] = [];

  private constructor(
    readonly url: string,
    private readonly passing: RegExp,
  ) {}

  /** Told to come back: the codes of 503 and 504 that pass by themselves, documented, and asked again by every caller. */
  static async start(...more: string[]): Promise<ReadinessBalancer> {
    const codes = ['token_pending', 'storage_unavailable', ...more].join('|');
    const server = createServer((question, answer) => {
      // A caller who went away before it had asked hears nothing.
      textOf(question).then(
        (body) => balancer.pass(question, body, answer),
        () => answer.destroy(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const balancer = new ReadinessBalancer(url, new RegExp(`^50[34] .*"code":"(${codes})"`, 's'));
    const beat = setInterval(() => balancer.backends.forEach((backend) => balancer.check(backend)), checkMilliseconds);
    afterThisTest(
      () =>
        new Promise<void>((resolve) => {
          clearInterval(beat);
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
    return balancer;
  }

  add(name: string, url: string): void {
    this.backends.push({ name, url, isReady: true, isLeaving: false });
  }

  /** The replica is about to be stopped. It is sent requests as long as it says that it is ready. */
  expectGone(name: string): void {
    for (const backend of this.backends) if (backend.name === name) backend.isLeaving = true;
  }

  remove(name: string): void {
    this.backends = this.backends.filter((backend) => backend.name !== name);
  }

  private pass(question: IncomingMessage, body: Buffer, answer: ServerResponse): void {
    const ready = this.backends.filter(({ isReady }) => isReady);
    const backend = ready[Math.floor(Math.random() * ready.length)];
    const { method, url = '/' } = question;
    if (!backend) return this.fail(answer, `${method} ${pathOf(url)}: no replica is ready`);
    const begun = performance.now();
    const onward = ask(backend.url + url, { method, headers: { ...question.headers, connection: 'close' }, agent: false });
    onward.on('response', (answered) => {
      void textOf(answered).then(
        (content) => {
          const { statusCode = 502, headers } = answered;
          const said = content.toString('utf8').slice(0, 500);
          this.answers++;
          const milliseconds = Math.round(performance.now() - begun);
          if (milliseconds > this.longest.milliseconds) this.longest = { milliseconds, asked: `${method} ${pathOf(url)}` };
          if (this.passing.test(`${statusCode} ${said}`)) this.postponed++;
          else if (statusCode >= 500) this.failures.push(`${backend.name}: ${method} ${pathOf(url)}: ${statusCode} ${said}`);
          this.served.add(`${backend.name} ${kindOf(url)}`);
          answer.writeHead(statusCode, headersOf(headers)).end(content);
        },
        (error: Error) => this.fail(answer, `${backend.name}: ${method} ${pathOf(url)}: ${error.message}`),
      );
    });
    onward.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody listens there any more: nothing was asked, so another may be.
      if (error.code === 'ECONNREFUSED' && backend.isLeaving) {
        backend.isReady = false;
        return this.pass(question, body, answer);
      }
      this.fail(answer, `${backend.name}: ${method} ${pathOf(url)}: ${error.message}`);
    });
    onward.end(body);
  }

  private fail(answer: ServerResponse, failure: string): void {
    this.failures.push(failure);
    answer.writeHead(502).end();
  }

  private check(backend: Backend): void {
    const note = (isReady: boolean, why: string): void => {
      if (backend.isReady && !isReady && !backend.isLeaving) this.failures.push(`${backend.name} is not ready: ${why}`);
      backend.isReady = isReady;
    };
    fetch(`${backend.url}/health/ready`)
      .then(async (said) => note(said.ok, await said.text()))
      .catch((error: Error) => note(false, error.message));
  }
}

async function textOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Without what concerns the one connection. */
function headersOf(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const ofConnection = ['connection', 'keep-alive', 'transfer-encoding'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.includes(name)));
}

const pathOf = (url: string): string => url.split('?')[0] ?? '';

/** `access-token` of `/v1/apps/{appid}/access-token/rejections`. */
const kindOf = (url: string): string =>
  /^\/v1\/apps\/[^/?]+\/([^/?]+)|^\/v1\/([^/?]+)|^\/([^/?]*)/
    .exec(url)
    ?.slice(1)
    .find((part) => part !== undefined) ?? '';

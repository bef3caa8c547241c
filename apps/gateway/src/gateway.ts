import { type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeys } from '#access';
import { Changes } from '#changes';
import { Database } from '#database';
import { Lifecycle } from '#runtime';
import type { Settings } from '#settings';
import { Vault } from '#vault';
import type { Logger } from 'pino';
import { GatewayModule } from './gateway.module.js';
import { makeAdapter } from './http/adapter.js';
import { ErrorFilter } from './http/error.filter.js';
import { serveDocs } from './http/openapi.js';
import { hookRequests } from './http/request-hooks.js';
import { InputValidation } from './http/validation.js';
import { NestLog } from './log.js';

/** Of those that the system has accepted and we have not. With Node's own, 511, callers wait for seconds where nobody sees it. */
const backlog = 4_096;

export interface GatewayParts {
  readonly settings: Settings;
  readonly databaseUrl: string;
  readonly log: Logger;
  /** Modules beside our own: a test brings a route to try the guard on. */
  readonly besides?: (Type<unknown> | DynamicModule)[];
}

/** One gateway in this process, from its first breath to its last. `start.ts` runs one; a test runs as many as it likes. */
export class Gateway {
  private constructor(
    readonly app: NestFastifyApplication,
    private readonly settings: Settings,
    private readonly log: Logger,
  ) {}

  static async build({ settings, databaseUrl, log, besides = [] }: GatewayParts): Promise<Gateway> {
    const root = GatewayModule.of(settings, databaseUrl);
    const app = await NestFactory.create<NestFastifyApplication>(
      { ...root, imports: [...(root.imports ?? []), ...besides] },
      makeAdapter(settings, log),
      { logger: new NestLog(log), abortOnError: false, bodyParser: false },
    );
    app.useGlobalFilters(app.get(ErrorFilter));
    app.useGlobalPipes(new InputValidation());
    await hookRequests(app, log);
    serveDocs(app);
    return new Gateway(app, settings, log);
  }

  /** Answers probes from now on, and everything else with "not serving yet". */
  async listen(): Promise<string> {
    const { port, host } = this.settings;
    await this.app.listen({ port, host, backlog });
    return (await this.app.getUrl()).replace('[::1]', '127.0.0.1');
  }

  /** Waits for the database, brings its schema up to date, proves the keys, and begins to serve. */
  async open(): Promise<void> {
    await this.app.get(Database).open();
    await this.app.get(Vault).unlock();
    await this.app.get(Changes).start();
    await this.app.get(ApiKeys).load();
    this.app.get(Lifecycle).enter('serving');
  }

  /** Tells load balancers, lets what is under way finish, and lets go of everything. */
  async close(): Promise<void> {
    this.app.get(Lifecycle).enter('draining');
    await new Promise((resolve) => setTimeout(resolve, this.settings.drainSeconds * 1_000));
    const late = setTimeout(() => {
      this.log.warn(`Requests did not finish within ${this.settings.shutdownSeconds} s and are cut off`);
      this.app.getHttpServer().closeAllConnections();
    }, this.settings.shutdownSeconds * 1_000);
    await this.app.close();
    clearTimeout(late);
  }
}

import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '#settings';
import { connectionOptions } from './connection.js';
import { Database } from './database.js';
import { DatabaseJobs } from './database.jobs.js';
import { WriteRefusals } from './write-refusals.js';

@Global()
@Module({})
export class DatabaseModule {
  /** `url` names the server that was found or started. `Database.open()` makes the connection. */
  static at(url: string): DynamicModule {
    const refusals = new WriteRefusals();
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [Settings],
          useFactory: (settings: Settings) => ({
            ...connectionOptions(settings, url, refusals),
            autoLoadEntities: true,
            // HTTP listens before the database answers, so that probes hear "not ready" instead of nothing.
            manualInitialization: true,
          }),
        }),
      ],
      providers: [DatabaseJobs, Database, { provide: WriteRefusals, useValue: refusals }],
      exports: [Database],
    };
  }
}

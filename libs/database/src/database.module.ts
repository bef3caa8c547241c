import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '#settings';
import { connectionOptions } from './connection.js';
import { Database } from './database.js';

@Global()
@Module({})
export class DatabaseModule {
  /** `url` is where the server was found or started; the connection itself is made by `Database.open()`. */
  static at(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [Settings],
          useFactory: (settings: Settings) => ({
            ...connectionOptions(settings, url),
            autoLoadEntities: true,
            // HTTP listens before the database answers, so that probes hear "not ready" instead of nothing.
            manualInitialization: true,
          }),
        }),
      ],
      providers: [Database],
      exports: [Database],
    };
  }
}

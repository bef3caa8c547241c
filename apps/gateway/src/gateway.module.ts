import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { AccessModule } from '#access';
import { AppModule } from '#app';
import { AppCheckModule } from '#app-check';
import { CallbackModule } from '#callback';
import { ChangesModule } from '#changes';
import { DatabaseModule } from '#database';
import { PlatformModule } from '#platform';
import { MenuModule } from '#menu';
import { MessageModule } from '#message';
import { MiniProgramModule } from '#mini-program';
import { QrCodeModule } from '#qr-code';
import { QrLoginModule } from '#qr-login';
import { QuotaModule } from '#quota';
import { RuntimeModule } from '#runtime';
import { type Settings, SettingsModule } from '#settings';
import { TokenModule } from '#token';
import { UserModule } from '#user';
import { VaultModule } from '#vault';
import { WebAuthModule } from '#web-auth';
import { WebhookModule } from '#webhook';
import { HealthController } from './health.controller.js';
import { AccessGuard } from './http/access.guard.js';
import { ErrorFilter } from './http/error.filter.js';
import { FailedCredentials } from './http/failed-credentials.js';
import { QueryNames } from './http/query-names.interceptor.js';
import { MetricsController } from './metrics.controller.js';
import { OverviewController } from './overview.controller.js';

@Module({})
export class GatewayModule {
  static of(settings: Settings, databaseUrl: string): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        SettingsModule.of(settings),
        RuntimeModule,
        ScheduleModule.forRoot(),
        DatabaseModule.at(databaseUrl),
        ChangesModule,
        VaultModule,
        AccessModule,
        AppModule,
        TokenModule,
        AppCheckModule,
        CallbackModule,
        PlatformModule,
        UserModule,
        WebAuthModule,
        QrCodeModule,
        QrLoginModule,
        MenuModule,
        MessageModule,
        MiniProgramModule,
        QuotaModule,
        WebhookModule,
      ],
      controllers: [HealthController, MetricsController, OverviewController],
      providers: [
        ErrorFilter,
        FailedCredentials,
        AccessGuard,
        { provide: APP_GUARD, useExisting: AccessGuard },
        { provide: APP_INTERCEPTOR, useClass: QueryNames },
      ],
    };
  }
}

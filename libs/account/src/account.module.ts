import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Accounts } from './accounts.js';
import { App } from './app.entity.js';
import { AppsController } from './apps.controller.js';
import { AuthorizerApps } from './authorizer-apps.js';
import { CallbackSecrets } from './callback-secrets.js';

@Module({
  imports: [TypeOrmModule.forFeature([App])],
  controllers: [AppsController],
  providers: [Accounts, AuthorizerApps, CallbackSecrets],
  exports: [Accounts, AuthorizerApps, CallbackSecrets],
})
export class AccountModule {}

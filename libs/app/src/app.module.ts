import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Apps } from './apps.js';
import { App } from './app.entity.js';
import { AppsController } from './apps.controller.js';
import { AuthorizerApps } from './authorizer-apps.js';
import { CallbackSecrets } from './callback-secrets.js';

@Module({
  imports: [TypeOrmModule.forFeature([App])],
  controllers: [AppsController],
  providers: [Apps, AuthorizerApps, CallbackSecrets],
  exports: [Apps, AuthorizerApps, CallbackSecrets],
})
export class AppModule {}

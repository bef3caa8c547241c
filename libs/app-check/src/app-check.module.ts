import { Module } from '@nestjs/common';
import { AppModule } from '#app';
import { CallbackModule } from '#callback';
import { PlatformModule } from '#platform';
import { QuotaModule } from '#quota';
import { TokenModule } from '#token';
import { WechatModule } from '#wechat';
import { AppCheckController } from './app-check.controller.js';
import { AppCheck } from './app-check.js';

@Module({
  imports: [AppModule, CallbackModule, PlatformModule, QuotaModule, TokenModule, WechatModule],
  controllers: [AppCheckController],
  providers: [AppCheck],
})
export class AppCheckModule {}

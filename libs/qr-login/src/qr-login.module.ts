import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '#account';
import { CallbackModule } from '#callback';
import { QrCodeModule } from '#qr-code';
import { UserModule } from '#user';
import { WebAuthModule } from '#web-auth';
import { ConfirmController } from './confirm.controller.js';
import { LoginOrigins } from './login-origins.js';
import { LoginPageController } from './login-page.controller.js';
import { LoginStreams } from './login-streams.js';
import { LoginTokens } from './login-tokens.js';
import { LoginWatch } from './login-watch.js';
import { PreflightController } from './preflight.controller.js';
import { QrLogin } from './qr-login.entity.js';
import { QrLoginsController } from './qr-logins.controller.js';
import { QrLogins } from './qr-logins.js';
import { ScanEvents } from './scan-events.js';

@Module({
  imports: [TypeOrmModule.forFeature([QrLogin]), AccountModule, CallbackModule, QrCodeModule, UserModule, WebAuthModule],
  controllers: [QrLoginsController, PreflightController, ConfirmController, LoginPageController],
  providers: [QrLogins, LoginTokens, LoginWatch, LoginStreams, LoginOrigins, ScanEvents],
})
export class QrLoginModule {}

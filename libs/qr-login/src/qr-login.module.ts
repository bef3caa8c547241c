import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { CallbackModule } from '#callback';
import { QrCodeModule } from '#qr-code';
import { UserModule } from '#user';
import { WebAuthModule } from '#web-auth';
import { ConfirmController } from './confirm.controller.js';
import { LoginFilesController } from './login-files.controller.js';
import { LoginOrigins } from './login-origins.js';
import { LoginPageController } from './login-page.controller.js';
import { LoginPages } from './login-pages.js';
import { LoginPagesController } from './login-pages.controller.js';
import { LoginRate } from './login-rate.entity.js';
import { LoginRates } from './login-rates.js';
import { LoginStreams } from './login-streams.js';
import { LoginTokens } from './login-tokens.js';
import { LoginWatch } from './login-watch.js';
import { PreflightController } from './preflight.controller.js';
import { QrLogin } from './qr-login.entity.js';
import { QrLoginsController } from './qr-logins.controller.js';
import { QrLogins } from './qr-logins.js';
import { ScanEvents } from './scan-events.js';
import { QrLoginJobs } from './qr-login.jobs.js';

@Module({
  imports: [TypeOrmModule.forFeature([QrLogin, LoginRate]), AppModule, CallbackModule, QrCodeModule, UserModule, WebAuthModule],
  controllers: [
    QrLoginsController,
    PreflightController,
    ConfirmController,
    LoginPagesController,
    LoginPageController,
    LoginFilesController,
  ],
  providers: [QrLoginJobs, QrLogins, LoginRates, LoginTokens, LoginWatch, LoginStreams, LoginOrigins, LoginPages, ScanEvents],
})
export class QrLoginModule {}

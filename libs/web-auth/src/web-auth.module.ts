import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { CallbackModule } from '#callback';
import { OneTimeCodeModule } from '#one-time-code';
import { TokenModule } from '#token';
import { UserModule } from '#user';
import { WechatModule } from '#wechat';
import { AttemptCookies } from './attempts/attempt-cookies.js';
import { Attempts } from './attempts/attempts.js';
import { BrowserAttempt } from './attempts/browser-attempt.entity.js';
import { OwnCodes } from './attempts/own-codes.js';
import { AuthorizeUrlController } from './authorize-url.controller.js';
import { AuthorizeUrls } from './authorize-urls.js';
import { GrantedTokenStore } from './granted-token-store.js';
import { OauthController } from './oauth.controller.js';
import { OlderCalls } from './older-calls.js';
import { OlderUserInfoController } from './older-user-info.controller.js';
import { PopupController } from './popup/popup.controller.js';
import { PopupWindows } from './popup/popup-windows.js';
import { RevocationEvents } from './revocation-events.js';
import { WebAuthorization } from './web-authorization.entity.js';
import { WebAuthorizations } from './web-authorizations.js';
import { WebAuthJobs } from './web-auth.jobs.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([WebAuthorization, BrowserAttempt]),
    AppModule,
    CallbackModule,
    TokenModule,
    OneTimeCodeModule,
    UserModule,
    WechatModule,
  ],
  controllers: [AuthorizeUrlController, OauthController, OlderUserInfoController, PopupController],
  providers: [
    WebAuthJobs,
    AuthorizeUrls,
    WebAuthorizations,
    GrantedTokenStore,
    OlderCalls,
    RevocationEvents,
    Attempts,
    AttemptCookies,
    OwnCodes,
    PopupWindows,
  ],
  exports: [AuthorizeUrls, WebAuthorizations, Attempts, AttemptCookies],
})
export class WebAuthModule {}

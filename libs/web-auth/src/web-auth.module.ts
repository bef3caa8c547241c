import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '#account';
import { CallbackModule } from '#callback';
import { OneTimeCodeModule } from '#one-time-code';
import { TokenModule } from '#token';
import { UserModule } from '#user';
import { WechatModule } from '#wechat';
import { AuthorizeUrlController } from './authorize-url.controller.js';
import { AuthorizeUrls } from './authorize-urls.js';
import { GrantedTokenStore } from './granted-token-store.js';
import { OauthController } from './oauth.controller.js';
import { OlderCalls } from './older-calls.js';
import { OlderUserInfoController } from './older-user-info.controller.js';
import { PopupController } from './popup/popup.controller.js';
import { RevocationEvents } from './revocation-events.js';
import { WebAuthorization } from './web-authorization.entity.js';
import { WebAuthorizations } from './web-authorizations.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([WebAuthorization]),
    AccountModule,
    CallbackModule,
    TokenModule,
    OneTimeCodeModule,
    UserModule,
    WechatModule,
  ],
  controllers: [AuthorizeUrlController, OauthController, OlderUserInfoController, PopupController],
  providers: [AuthorizeUrls, WebAuthorizations, GrantedTokenStore, OlderCalls, RevocationEvents],
  exports: [AuthorizeUrls, WebAuthorizations],
})
export class WebAuthModule {}

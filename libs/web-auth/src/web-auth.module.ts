import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '#account';
import { CallbackModule } from '#callback';
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
import { UsedCode } from './used-code.entity.js';
import { UsedCodes } from './used-codes.js';
import { WebAuthorization } from './web-authorization.entity.js';
import { WebAuthorizations } from './web-authorizations.js';

@Module({
  imports: [TypeOrmModule.forFeature([WebAuthorization, UsedCode]), AccountModule, CallbackModule, UserModule, WechatModule],
  controllers: [AuthorizeUrlController, OauthController, OlderUserInfoController, PopupController],
  providers: [AuthorizeUrls, WebAuthorizations, GrantedTokenStore, UsedCodes, OlderCalls, RevocationEvents],
  exports: [AuthorizeUrls, WebAuthorizations],
})
export class WebAuthModule {}

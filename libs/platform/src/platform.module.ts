import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { CallbackModule } from '#callback';
import { TokenModule } from '#token';
import { WebAuthModule } from '#web-auth';
import { WechatModule } from '#wechat';
import { AuthorizerDescriptions } from './authorizer-descriptions.js';
import { AuthorizationCodes } from './authorization-codes.js';
import { AuthorizationLinks } from './authorization-links.js';
import { Authorizations } from './authorizations.js';
import { AuthorizerCallbackController } from './authorizer-callback.controller.js';
import { AuthorizerCallbacks } from './authorizer-callbacks.js';
import { AuthorizerTokenIssuer } from './authorizer-token.issuer.js';
import { Comparisons } from './comparisons.js';
import { ComponentTokenIssuer } from './component-token.issuer.js';
import { Exchanges } from './exchanges.js';
import { LinkOwners } from './link-owners.js';
import { PlatformAuthorization } from './platform-authorization.entity.js';
import { PlatformCheck } from './platform-check.js';
import { PlatformJobs } from './platform.jobs.js';
import { PlatformPagesController } from './platform-pages.controller.js';
import { PlatformRecords } from './platform-records.js';
import { PlatformController } from './platform.controller.js';
import { Platform } from './platform.entity.js';
import { PlatformsAdminController } from './platforms-admin.controller.js';
import { RefreshTokens } from './refresh-tokens.js';
import { ReleaseTestAnswers } from './release-test-answers.js';
import { Revocations } from './revocations.js';
import { TicketWatch } from './ticket-watch.js';
import { Tickets } from './tickets.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Platform, PlatformAuthorization]),
    AppModule,
    CallbackModule,
    TokenModule,
    WebAuthModule,
    WechatModule,
  ],
  controllers: [PlatformController, PlatformsAdminController, PlatformPagesController, AuthorizerCallbackController],
  providers: [
    Tickets,
    ComponentTokenIssuer,
    RefreshTokens,
    Authorizations,
    AuthorizerTokenIssuer,
    AuthorizationCodes,
    AuthorizationLinks,
    LinkOwners,
    Exchanges,
    AuthorizerDescriptions,
    Comparisons,
    Revocations,
    ReleaseTestAnswers,
    AuthorizerCallbacks,
    TicketWatch,
    PlatformRecords,
    PlatformCheck,
    PlatformJobs,
  ],
  exports: [PlatformCheck],
})
export class PlatformModule {}

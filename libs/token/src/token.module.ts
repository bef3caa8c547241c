import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { WechatModule } from '#wechat';
import { AccessTokenController } from './access-token.controller.js';
import { AccessTokenIssuer } from './access-token.issuer.js';
import { AccessTokens } from './access-tokens.js';
import { Credential } from './credential.entity.js';
import { CredentialsController } from './credentials.controller.js';
import { Credentials } from './credentials.js';
import { HeldCredentials } from './held-credentials.js';
import { JsapiSignatureController } from './jsapi-signature.controller.js';
import { JsapiSignatures } from './jsapi-signatures.js';
import { JsapiTicketIssuer } from './jsapi-ticket.issuer.js';
import { NeedlessReports } from './needless-reports.js';
import { RenewalLeases } from './renewal-leases.js';
import { Renewals } from './renewals.js';
import { TokenDeaths } from './token-deaths.js';
import { TokenReads } from './token-reads.js';
import { TokenJobs } from './token.jobs.js';

@Module({
  imports: [TypeOrmModule.forFeature([Credential]), AppModule, WechatModule],
  controllers: [AccessTokenController, JsapiSignatureController, CredentialsController],
  providers: [
    TokenJobs,
    RenewalLeases,
    TokenDeaths,
    HeldCredentials,
    Renewals,
    Credentials,
    NeedlessReports,
    AccessTokens,
    AccessTokenIssuer,
    JsapiTicketIssuer,
    JsapiSignatures,
    TokenReads,
  ],
  exports: [AccessTokens, Credentials],
})
export class TokenModule {}

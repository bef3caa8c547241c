import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '#account';
import { WechatModule } from '#wechat';
import { AccessTokenController } from './access-token.controller.js';
import { AccessTokenIssuer } from './access-token.issuer.js';
import { AccessTokens } from './access-tokens.js';
import { AppCheckController } from './app-check.controller.js';
import { AppCheck } from './app-check.js';
import { Credential } from './credential.entity.js';
import { Credentials } from './credentials.js';
import { HeldCredentials } from './held-credentials.js';
import { JsapiSignatureController } from './jsapi-signature.controller.js';
import { JsapiSignatures } from './jsapi-signatures.js';
import { JsapiTicketIssuer } from './jsapi-ticket.issuer.js';
import { RenewalLeases } from './renewal-leases.js';
import { Renewals } from './renewals.js';
import { TokenReads } from './token-reads.js';
import { TokenRenewalJob } from './token-renewal.job.js';

@Module({
  imports: [TypeOrmModule.forFeature([Credential]), AccountModule, WechatModule],
  controllers: [AccessTokenController, JsapiSignatureController, AppCheckController],
  providers: [
    RenewalLeases,
    HeldCredentials,
    Renewals,
    Credentials,
    AccessTokens,
    AccessTokenIssuer,
    JsapiTicketIssuer,
    JsapiSignatures,
    TokenReads,
    TokenRenewalJob,
    AppCheck,
  ],
  exports: [AccessTokens, AppCheck, Credentials],
})
export class TokenModule {}

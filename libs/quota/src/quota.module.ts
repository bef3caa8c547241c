import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { TokenModule } from '#token';
import { WechatModule } from '#wechat';
import { CallUse } from './call-use.entity.js';
import { CallUses } from './call-uses.js';
import { QuotaAdminController } from './quota-admin.controller.js';
import { QuotaClearing } from './quota-clearing.entity.js';
import { QuotaController } from './quota.controller.js';
import { Quotas } from './quotas.js';
import { QuotaJobs } from './quota.jobs.js';

@Module({
  imports: [TypeOrmModule.forFeature([CallUse, QuotaClearing]), AppModule, TokenModule, WechatModule],
  controllers: [QuotaController, QuotaAdminController],
  providers: [QuotaJobs, CallUses, Quotas],
  exports: [Quotas],
})
export class QuotaModule {}

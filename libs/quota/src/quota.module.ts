import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '#account';
import { TokenModule } from '#token';
import { WechatModule } from '#wechat';
import { CallUse } from './call-use.entity.js';
import { CallUses } from './call-uses.js';
import { QuotaAdminController } from './quota-admin.controller.js';
import { QuotaClearing } from './quota-clearing.entity.js';
import { QuotaController } from './quota.controller.js';
import { Quotas } from './quotas.js';

@Module({
  imports: [TypeOrmModule.forFeature([CallUse, QuotaClearing]), AccountModule, TokenModule, WechatModule],
  controllers: [QuotaController, QuotaAdminController],
  providers: [CallUses, Quotas],
})
export class QuotaModule {}

import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeyUse } from './api-key-use.entity.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeys } from './api-keys.js';
import { AuditEntry } from './audit-entry.entity.js';
import { AuditLogController } from './audit-log.controller.js';
import { AuditLog } from './audit-log.js';
import { IdempotentRequest } from './idempotency/idempotent-request.entity.js';
import { IdempotentRequests } from './idempotency/idempotent-requests.js';
import { KeyUses } from './key-uses.js';
import { OwnKeyController } from './own-key.controller.js';
import { AccessJobs } from './access.jobs.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey, ApiKeyUse, AuditEntry, IdempotentRequest])],
  controllers: [ApiKeysController, OwnKeyController, AuditLogController],
  providers: [AccessJobs, ApiKeys, KeyUses, AuditLog, IdempotentRequests],
  exports: [ApiKeys, AuditLog, IdempotentRequests],
})
export class AccessModule {}

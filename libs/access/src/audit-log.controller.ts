import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ApiHistory,
  Appid,
  type History,
  HistoryQuery,
  Json,
  Operation,
  Printable,
  Text,
  Time,
  exampleAppid,
  historyOf,
  spanOf,
} from '#api';
import { AdminOnly } from './access-rule.js';
import type { AuditEntry } from './audit-entry.entity.js';
import { AuditLog } from './audit-log.js';

class AuditQuery extends HistoryQuery {
  @Printable(200, 'Who did it', { optional: true, example: 'admin' }) actor?: string;
  @Printable(200, 'What was done', { optional: true, example: 'app.register' }) action?: string;
  @Appid('The app it concerned', { optional: true }) appid?: string;
}

class AuditEntryAnswer {
  @Text({ example: '42' }) id!: string;
  @Time() at!: string;
  @Text({ example: 'admin' }) actor!: string;
  @Text({ example: 'app.register' }) action!: string;
  @Appid({ nullable: true }) appid!: string | null;
  @Text('What was changed: an appid, a key id', { example: exampleAppid }) subject!: string;
  @Json('Names and values that changed; of secrets only fingerprints', { example: { name: 'Shop' } }) details!: object;
  @Text({ example: '203.0.113.7' }) address!: string;
  @Text({ example: '8e0f5dbb-3a53-4bb1-9d0c-6a9a3f6f2f3e' }) request_id!: string;
}

@ApiTags('admin: audit log')
@AdminOnly()
@Controller('admin/v1/audit-log')
export class AuditLogController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @Operation('List the audit log, the newest entry first')
  @ApiHistory(AuditEntryAnswer)
  async listAuditLog(@Query() query: AuditQuery): Promise<History<AuditEntryAnswer>> {
    const { actor, action, appid, limit } = query;
    const span = spanOf(query, 'desc');
    const latest = await this.audit.latest();
    const rows = await this.audit.list({ actor, action, appid }, span, limit + 1);
    return historyOf({ rows, latest, span, limit }, answer, (row) => row.id);
  }
}

const answer = (row: AuditEntry): AuditEntryAnswer => ({
  id: row.id,
  at: row.at.toISOString(),
  actor: row.actor,
  action: row.action,
  appid: row.appid,
  subject: row.subject,
  details: row.details,
  address: row.address,
  request_id: row.requestId,
});

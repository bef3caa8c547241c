import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { ApiHistory, type History, HistoryQuery, IsAppid, appidPattern, exampleAppid, historyOf, spanOf } from '#api';
import { IsOptional, Matches } from 'class-validator';
import { AdminOnly } from './access-rule.js';
import type { AuditEntry } from './audit-entry.entity.js';
import { AuditLog } from './audit-log.js';

const IsPrintable = (): PropertyDecorator =>
  Matches(/^[\x21-\x7e]{1,200}$/, { message: 'must be 1 to 200 printable characters' });

class AuditQuery extends HistoryQuery {
  @ApiPropertyOptional({ description: 'Who did it', pattern: '^[\\x21-\\x7e]{1,200}$', example: 'admin' })
  @IsOptional()
  @IsPrintable()
  actor?: string;

  @ApiPropertyOptional({ description: 'What was done', pattern: '^[\\x21-\\x7e]{1,200}$', example: 'app.register' })
  @IsOptional()
  @IsPrintable()
  action?: string;

  @ApiPropertyOptional({ description: 'The app it concerned', pattern: appidPattern.source, example: exampleAppid })
  @IsOptional()
  @IsAppid()
  appid?: string;
}

class AuditEntryAnswer {
  @ApiProperty({ example: '42' })
  id!: string;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  at!: string;

  @ApiProperty({ example: 'admin' })
  actor!: string;

  @ApiProperty({ example: 'app.register' })
  action!: string;

  @ApiProperty({ type: String, nullable: true, example: exampleAppid })
  appid!: string | null;

  @ApiProperty({ description: 'What was changed: an appid, a key id', example: exampleAppid })
  subject!: string;

  @ApiProperty({
    description: 'Names and values that changed; of secrets only fingerprints',
    type: 'object',
    additionalProperties: true,
    example: { name: 'Shop' },
  })
  details!: object;

  @ApiProperty({ example: '203.0.113.7' })
  address!: string;

  @ApiProperty({ example: '8e0f5dbb-3a53-4bb1-9d0c-6a9a3f6f2f3e' })
  request_id!: string;
}

@ApiTags('admin: audit log')
@AdminOnly()
@Controller('admin/v1/audit-log')
export class AuditLogController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @ApiOperation({ operationId: 'listAuditLog', summary: 'Who changed what, the newest first' })
  @ApiHistory(AuditEntryAnswer)
  async list(@Query() query: AuditQuery): Promise<History<AuditEntryAnswer>> {
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

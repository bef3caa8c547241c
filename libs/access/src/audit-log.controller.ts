import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { ApiPage, IsAppid, IsTime, type Page, PageQuery, appidPattern, exampleAppid, keyOfCursor, pageOf, timeOf } from '#api';
import { IsOptional, Matches } from 'class-validator';
import { AdminOnly } from './access-rule.js';
import type { AuditEntry } from './audit-entry.entity.js';
import { AuditLog } from './audit-log.js';

const IsPrintable = (): PropertyDecorator =>
  Matches(/^[\x21-\x7e]{1,200}$/, { message: 'must be 1 to 200 printable characters' });

class AuditQuery extends PageQuery {
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

  @ApiPropertyOptional({
    description: 'From this time on (RFC 3339)',
    type: String,
    format: 'date-time',
    example: '2026-01-01T00:00:00Z',
  })
  @IsOptional()
  @IsTime()
  since?: string;

  @ApiPropertyOptional({
    description: 'Before this time (RFC 3339)',
    type: String,
    format: 'date-time',
    example: '2030-01-01T00:00:00Z',
  })
  @IsOptional()
  @IsTime()
  until?: string;
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
  @ApiPage(AuditEntryAnswer)
  async list(@Query() query: AuditQuery): Promise<Page<AuditEntryAnswer>> {
    const { actor, action, appid } = query;
    const before = keyOfCursor(query.cursor, /^\d{1,18}$/);
    const since = query.since === undefined ? undefined : timeOf('since', query.since);
    const until = query.until === undefined ? undefined : timeOf('until', query.until);
    const rows = await this.audit.list({ actor, action, appid, since, until, before }, query.limit + 1);
    return pageOf(rows, query.limit, answer, (row) => row.id);
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

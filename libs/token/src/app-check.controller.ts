import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { AdminOnly } from '#access';
import { Accounts, AppNotFound } from '#account';
import { ApiAppid, AppidPipe, FailsWith, exampleAppid } from '#api';
import { WechatGarbled, WechatSilent, WechatUnreachable } from '#wechat';
import { AppCheck, type CheckName, checkNames } from './app-check.js';
import type { Credential } from './credential.entity.js';
import { RenewalLeases } from './renewal-leases.js';

class CheckLineAnswer {
  @ApiProperty({ enum: checkNames, example: 'credentials' })
  check!: CheckName;

  @ApiProperty({ enum: ['ok', 'problem', 'unknown', 'not_applicable'], example: 'ok' })
  status!: 'ok' | 'problem' | 'unknown' | 'not_applicable';

  @ApiProperty({ example: 'WeChat accepts the appid and the secret' })
  detail!: string;

  @ApiProperty({ description: 'What to do', type: String, nullable: true, example: null })
  hint!: string | null;
}

class AppCheckAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ type: [CheckLineAnswer] })
  checks!: CheckLineAnswer[];
}

class LastErrorAnswer {
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:00.000Z' })
  at!: string | null;

  @ApiProperty({ example: 'WeChat said 40164: invalid ip 203.0.113.7, not in whitelist' })
  detail!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'add 203.0.113.7 to the IP allow-list of this app in the console of WeChat',
  })
  hint!: string | null;
}

class CredentialAnswer {
  @ApiProperty({ example: 'access_token' })
  kind!: string;

  @ApiProperty({ description: 'Whether a living one is held', example: true })
  alive!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T12:00:00.000Z' })
  obtained_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T14:00:00.000Z' })
  expires_at!: string | null;

  @ApiProperty({
    description: 'When it is renewed, or tried again; null where nothing is to be had until the account authorises again',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-01-31T13:55:30.000Z',
  })
  next_renewal_at!: string | null;

  @ApiProperty({ description: 'Failed attempts since the last success', type: 'integer', example: 0 })
  failures!: number;

  @ApiProperty({
    description: 'WeChat gave a verdict that only a person can cure: until then it is asked once an hour',
    example: false,
  })
  needs_attention!: boolean;

  @ApiProperty({ type: LastErrorAnswer, nullable: true })
  last_error!: LastErrorAnswer | null;

  @ApiProperty({
    description: 'How often one died before its time without our doing: somebody else may hold the secret',
    type: 'integer',
    example: 0,
  })
  early_deaths!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  last_early_death_at!: string | null;
}

class CredentialsAnswer {
  @ApiProperty({ example: exampleAppid })
  appid!: string;

  @ApiProperty({ type: [CredentialAnswer] })
  credentials!: CredentialAnswer[];
}

@ApiTags('admin: apps')
@AdminOnly()
@Controller('admin/v1/apps/:appid')
export class AppCheckController {
  constructor(
    private readonly appCheck: AppCheck,
    private readonly accounts: Accounts,
    private readonly leases: RenewalLeases,
  ) {}

  @Post('check')
  @HttpCode(200)
  @ApiAppid()
  @ApiOperation({
    operationId: 'checkApp',
    summary: 'Ask WeChat now whether the app is set up well',
    description: 'A line per check, each with what to do. If all is well, renewals that waited for an operator go on at once.',
  })
  @ApiOkResponse({ type: AppCheckAnswer })
  @FailsWith(AppNotFound, WechatSilent, WechatGarbled, WechatUnreachable)
  async check(@Param('appid', AppidPipe) appid: string): Promise<AppCheckAnswer> {
    return { appid, checks: await this.appCheck.run(appid) };
  }

  @Get('credentials')
  @ApiAppid()
  @ApiOperation({ operationId: 'getAppCredentials', summary: 'Each credential held for the app, without its value' })
  @ApiOkResponse({ type: CredentialsAnswer })
  @FailsWith(AppNotFound)
  async credentials(@Param('appid', AppidPipe) appid: string): Promise<CredentialsAnswer> {
    await this.accounts.get(appid);
    return { appid, credentials: (await this.leases.ofApp(appid)).map(answer) };
  }
}

const answer = (row: Credential): CredentialAnswer => ({
  kind: row.kind,
  alive: row.sealedValue !== null && row.expiresAt !== null && row.expiresAt > new Date(),
  obtained_at: row.obtainedAt?.toISOString() ?? null,
  expires_at: row.expiresAt?.toISOString() ?? null,
  next_renewal_at: row.renewAt.getTime() > Date.now() + yearMilliseconds ? null : row.renewAt.toISOString(),
  failures: row.failures,
  needs_attention: row.attentionAt !== null,
  last_error: lastError(row),
  early_deaths: row.earlyDeaths,
  last_early_death_at: row.diedEarlyAt?.toISOString() ?? null,
});

/** What was retired is set to be renewed in another century. */
const yearMilliseconds = 365 * 86_400_000;

function lastError({ lastFailure, failedAt }: Credential): LastErrorAnswer | null {
  if (!lastFailure) return null;
  const at = failedAt?.toISOString() ?? null;
  if (lastFailure.kind !== 'refused') return { at, detail: lastFailure.why, hint: null };
  const { errcode, errmsg, hint } = lastFailure.refusal;
  return { at, detail: `WeChat said ${errcode}: ${errmsg}`, hint };
}

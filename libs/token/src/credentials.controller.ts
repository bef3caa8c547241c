import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminOnly } from '#access';
import { Apps, AppNotFound } from '#app';
import { Appid, AppidParam, FailsWith, Flag, Operation, Part, Parts, Text, Time, Whole, InCallersLanguage } from '#api';
import type { Sentence } from '#errors';
import { Clock } from '#runtime';
import { ForcedTokensUsedUp, WechatRefused, failureAgain } from '#wechat';
import type { Credential } from './credential.entity.js';
import { RenewalLeases } from './renewal-leases.js';

class LastErrorAnswer {
  @Time({ nullable: true }) at!: string | null;
  @Text({ example: 'WeChat said 40164: invalid ip 203.0.113.7, not in whitelist' }) detail!: Sentence;
  @Text({ nullable: true, example: 'add 203.0.113.7 to the IP allow-list of this app in the console of WeChat' })
  hint!: Sentence | null;
}

class CredentialAnswer {
  @Text({ example: 'access_token' }) kind!: string;
  @Flag('Whether a living one is held', { example: true }) alive!: boolean;
  @Time({ nullable: true }) obtained_at!: string | null;
  @Time({ nullable: true, example: '2026-01-31T14:00:00.000Z' }) expires_at!: string | null;
  @Time('When it is renewed, or tried again; null where nothing is to be had until the authorizer authorises again', {
    nullable: true,
    example: '2026-01-31T13:55:30.000Z',
  })
  next_renewal_at!: string | null;
  @Whole('Failed attempts since the last success', { example: 0 }) failures!: number;
  @Flag(
    'Only a person can cure it, and `last_error` says how: WeChat is asked again once an hour, and when the app is checked, changed or enabled',
    { example: false },
  )
  needs_attention!: boolean;
  @Part(LastErrorAnswer, { nullable: true }) last_error!: LastErrorAnswer | null;
  @Whole('How often one died before its time without our doing: somebody else may hold the secret', { example: 0 })
  early_deaths!: number;
  @Time({ nullable: true, example: null }) last_early_death_at!: string | null;
}

class CredentialsAnswer {
  @Appid() appid!: string;
  @Parts(CredentialAnswer) credentials!: CredentialAnswer[];
}

@ApiTags('admin: apps')
@AdminOnly()
@Controller('admin/v1/apps/:appid')
export class CredentialsController {
  constructor(
    private readonly apps: Apps,
    private readonly leases: RenewalLeases,
    private readonly clock: Clock,
  ) {}

  @Get('credentials')
  @InCallersLanguage()
  @Operation('Each credential held for the app, without its value')
  @ApiOkResponse({ type: CredentialsAnswer })
  @FailsWith(AppNotFound)
  async getAppCredentials(@AppidParam() appid: string): Promise<CredentialsAnswer> {
    await this.apps.get(appid);
    const now = this.clock.now();
    return { appid, credentials: (await this.leases.ofApp(appid)).map((row) => answer(row, now)) };
  }
}

const answer = (row: Credential, now: Date): CredentialAnswer => ({
  kind: row.kind,
  alive: row.sealedValue !== null && row.expiresAt !== null && row.expiresAt > now,
  obtained_at: row.obtainedAt?.toISOString() ?? null,
  expires_at: row.expiresAt?.toISOString() ?? null,
  next_renewal_at: row.renewAt.getTime() > now.getTime() + yearMilliseconds ? null : row.renewAt.toISOString(),
  failures: row.failures,
  needs_attention: row.attentionAt !== null,
  last_error: lastError(row, now),
  early_deaths: row.earlyDeaths,
  last_early_death_at: row.diedEarlyAt?.toISOString() ?? null,
});

/** What was retired is set to be renewed in another century. */
const yearMilliseconds = 365 * 86_400_000;

function lastError({ lastFailure, failedAt }: Credential, now: Date): LastErrorAnswer | null {
  if (!lastFailure) return null;
  const at = failedAt?.toISOString() ?? null;
  const again = failureAgain(lastFailure, now);
  if (again instanceof WechatRefused) return { at, detail: again.said, hint: again.refusal.hint };
  if (again instanceof ForcedTokensUsedUp) return { at, detail: ForcedTokensUsedUp.why, hint: ForcedTokensUsedUp.hint };
  return { at, detail: again.sentence, hint: null };
}

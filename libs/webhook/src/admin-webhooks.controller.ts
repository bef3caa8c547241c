import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, AdminOnly, By, type Scope, apiKeyIdPattern, scopeNames } from '#access';
import { ApiPage, Appid, FailsWith, OneOf, Operation, type Page, PageQuery, SomeOf, Text, keyOfCursor, pageOf } from '#api';
import { InvalidInput } from '#errors';
import { Clock } from '#runtime';
import { WebhookAnswer, webhookAnswer } from './webhook-answer.js';
import { WebhookKeyLacks, WebhookNotFound } from './webhook-errors.js';
import { WebhookIdParam } from './webhook-id.js';
import { type WebhookFilter, WebhookOwners } from './webhook-owners.js';
import type { Webhook } from './webhook.entity.js';

const states = ['enabled', 'disabled', 'asked', 'gone', 'failing', 'key_ended'] as const;
const exampleKeyId = 'q3hX0aZ91k';

class AdminWebhookQuery extends PageQuery {
  @Appid('Those that get its events', { optional: true }) appid?: string;
  @Text('Those that belong to this API key; `none`: to no key, since they were made before webhooks belonged to keys', {
    optional: true,
    pattern: new RegExp(`^(none|${apiKeyIdPattern.source.slice(1, -1)})$`),
    message: 'must be the id of an API key, or none',
    example: exampleKeyId,
  })
  key?: string;
  @OneOf(states, 'On, off, or why it is off', { optional: true, example: 'key_ended' }) state?: WebhookFilter['state'];
}

class AdoptionRequest {
  @Text('The API key that it belongs to from now on', {
    pattern: apiKeyIdPattern,
    message: 'must be the id of an API key',
    example: exampleKeyId,
  })
  key_id!: string;
}

class AdminWebhookAnswer extends WebhookAnswer {
  @SomeOf(
    scopeNames,
    'Scopes that its key lacks and is not asked for, since webhooks did not need them when it was made; until the key is given them',
    { example: [] },
  )
  waived_scopes!: Scope[];
}

@ApiTags('admin: webhooks')
@AdminOnly()
@Controller('admin/v1/webhooks')
export class AdminWebhooksController {
  constructor(
    private readonly owners: WebhookOwners,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Operation('List the webhooks of all keys, the newest first')
  @ApiPage(AdminWebhookAnswer)
  async listAllWebhooks(@Query() { appid, key, state, limit, cursor }: AdminWebhookQuery): Promise<Page<AdminWebhookAnswer>> {
    const [createdAt = '', id = ''] =
      keyOfCursor(cursor, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z whk_[0-9A-Za-z]{16}$/)?.split(' ') ?? [];
    const before = cursor === undefined ? undefined : { createdAt, id };
    const rows = await this.owners.list({ appid, keyId: key, state, before }, limit + 1);
    const now = this.clock.now();
    return pageOf(
      rows,
      limit,
      (row) => answer(row, now),
      (row) => `${row.createdAt.toISOString()} ${row.id}`,
    );
  }

  @Post(':id/adopt')
  @HttpCode(200)
  @Operation(
    'Give a webhook to another API key',
    'The key must hold all of its apps and the scopes `webhooks` and `events:read`, and `messages:send` if it answers. If its former key has ended, it goes on, with all that it would have got within three days of that.',
  )
  @ApiOkResponse({ type: AdminWebhookAnswer })
  @FailsWith(WebhookNotFound, WebhookKeyLacks, InvalidInput)
  async adoptWebhook(
    @WebhookIdParam() id: string,
    @Body() { key_id: keyId }: AdoptionRequest,
    @By() by: Actor,
  ): Promise<AdminWebhookAnswer> {
    return answer(await this.owners.adopt(id, keyId, by), this.clock.now());
  }
}

const answer = (row: Webhook, now: Date): AdminWebhookAnswer => ({
  ...webhookAnswer(row, now),
  waived_scopes: row.waivedScopes,
});

import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, AppNotAllowed, By, CallingKey, Idempotent, type LivingKey, NeedsScope } from '#access';
import { ApiPage, FailsWith, type Page, PageQuery, keyOfCursor, pageOf } from '#api';
import { Clock } from '#runtime';
import { AddressForbidden, WebhookKeyEnded, WebhookKeyLacks, WebhookNotFound } from './webhook-errors.js';
import { ApiWebhookId, webhookIdPattern, webhookIdPipe } from './webhook-id.js';
import { NewWebhookAnswer, WebhookAnswer, newWebhookAnswer, webhookAnswer } from './webhook-answer.js';
import { WebhookRequest, WebhookChange, wantedWebhook, patchedTerms } from './webhook-requests.js';
import { Webhooks } from './webhooks.js';

@ApiTags('webhooks')
@NeedsScope('webhooks', 'events:read')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Idempotent({ reveals: 'id' })
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Ask to be told of events',
    description:
      'Each kept event that fits is sent to the address, signed as Standard Webhooks has it, at least once. It belongs to the key that makes it: it may have what that key may have, and stops with it. One that answers (`reply`) needs the scope `messages:send`. The secret is in this answer and nowhere else.',
  })
  @ApiCreatedResponse({ type: NewWebhookAnswer })
  @FailsWith(AppNotAllowed, AddressForbidden)
  async create(@Body() order: WebhookRequest, @CallingKey() key: LivingKey, @By() by: Actor): Promise<NewWebhookAnswer> {
    return newWebhookAnswer(await this.webhooks.create(wantedWebhook(order), key, by), this.clock.now());
  }

  @Get()
  @ApiOperation({ operationId: 'listWebhooks', summary: 'List the webhooks', description: 'Those whose apps the key all holds.' })
  @ApiPage(WebhookAnswer)
  async list(@Query() query: PageQuery, @CallingKey() key: LivingKey): Promise<Page<WebhookAnswer>> {
    const rows = await this.webhooks.list(key, keyOfCursor(query.cursor, webhookIdPattern), query.limit + 1);
    const now = this.clock.now();
    return pageOf(
      rows,
      query.limit,
      (row) => webhookAnswer(row, now),
      ({ id }) => id,
    );
  }

  @Get(':id')
  @ApiWebhookId()
  @ApiOperation({ operationId: 'getWebhook', summary: 'Show one webhook' })
  @ApiOkResponse({ type: WebhookAnswer })
  @FailsWith(WebhookNotFound)
  async get(@Param('id', webhookIdPipe) id: string, @CallingKey() key: LivingKey): Promise<WebhookAnswer> {
    return webhookAnswer(await this.webhooks.get(id, key), this.clock.now());
  }

  @Patch(':id')
  @ApiWebhookId()
  @ApiOperation({
    operationId: 'changeWebhook',
    summary: 'Change a webhook',
    description: 'Effective within a second everywhere. Switched on again, it is sent what still waits for it.',
  })
  @ApiOkResponse({ type: WebhookAnswer })
  @FailsWith(WebhookNotFound, WebhookKeyEnded, WebhookKeyLacks, AppNotAllowed, AddressForbidden)
  async change(
    @Param('id', webhookIdPipe) id: string,
    @Body() patch: WebhookChange,
    @CallingKey() key: LivingKey,
    @By() by: Actor,
  ): Promise<WebhookAnswer> {
    return webhookAnswer(await this.webhooks.change(id, patchedTerms(patch), key, by), this.clock.now());
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiWebhookId()
  @ApiOperation({ operationId: 'deleteWebhook', summary: 'Delete a webhook', description: 'Nothing more is sent to it.' })
  @ApiNoContentResponse({ description: 'Deleted' })
  @FailsWith(WebhookNotFound)
  async remove(@Param('id', webhookIdPipe) id: string, @CallingKey() key: LivingKey, @By() by: Actor): Promise<void> {
    await this.webhooks.remove(id, key, by);
  }
}

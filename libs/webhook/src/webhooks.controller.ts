import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, AppNotAllowed, By, CallingKey, Idempotent, type LivingKey, NeedsScope } from '#access';
import { ApiPage, FailsWith, Operation, type Page, PageQuery, keyOfCursor, pageOf } from '#api';
import { Clock } from '#runtime';
import { AddressForbidden, WebhookKeyEnded, WebhookKeyLacks, WebhookNotFound } from './webhook-errors.js';
import { WebhookIdParam, webhookIdPattern } from './webhook-id.js';
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
  @Operation(
    'Create a webhook',
    'Each kept event that fits is sent to the address, signed as Standard Webhooks has it, at least once. It belongs to the key that makes it: it may have what that key may have, and stops with it. One that answers (`reply`) needs the scope `messages:send`. The secret is in this answer and nowhere else.',
  )
  @ApiCreatedResponse({ type: NewWebhookAnswer })
  @FailsWith(AppNotAllowed, AddressForbidden)
  async createWebhook(@Body() order: WebhookRequest, @CallingKey() key: LivingKey, @By() by: Actor): Promise<NewWebhookAnswer> {
    return newWebhookAnswer(await this.webhooks.create(wantedWebhook(order), key, by), this.clock.now());
  }

  @Get()
  @Operation('List the webhooks', 'Those whose apps the key all holds.')
  @ApiPage(WebhookAnswer)
  async listWebhooks(@Query() query: PageQuery, @CallingKey() key: LivingKey): Promise<Page<WebhookAnswer>> {
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
  @Operation('Show one webhook')
  @ApiOkResponse({ type: WebhookAnswer })
  @FailsWith(WebhookNotFound)
  async getWebhook(@WebhookIdParam() id: string, @CallingKey() key: LivingKey): Promise<WebhookAnswer> {
    return webhookAnswer(await this.webhooks.get(id, key), this.clock.now());
  }

  @Patch(':id')
  @Operation('Change a webhook', 'Effective within a second everywhere. Switched on again, it is sent what still waits for it.')
  @ApiOkResponse({ type: WebhookAnswer })
  @FailsWith(WebhookNotFound, WebhookKeyEnded, WebhookKeyLacks, AppNotAllowed, AddressForbidden)
  async changeWebhook(
    @WebhookIdParam() id: string,
    @Body() patch: WebhookChange,
    @CallingKey() key: LivingKey,
    @By() by: Actor,
  ): Promise<WebhookAnswer> {
    return webhookAnswer(await this.webhooks.change(id, patchedTerms(patch), key, by), this.clock.now());
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('Delete a webhook', 'Nothing more is sent to it.')
  @ApiNoContentResponse({ description: 'Deleted' })
  @FailsWith(WebhookNotFound)
  async deleteWebhook(@WebhookIdParam() id: string, @CallingKey() key: LivingKey, @By() by: Actor): Promise<void> {
    await this.webhooks.remove(id, key, by);
  }
}

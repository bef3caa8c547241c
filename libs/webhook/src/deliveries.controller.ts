import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { type Actor, By, CallingKey, Idempotent, type LivingKey, NeedsScope } from '#access';
import { ApiPage, FailsWith, type Page, keyOfCursor, pageOf, timeOf } from '#api';
import { EventNotFound } from '#callback';
import { InvalidInput } from '#errors';
import { Attempts } from './attempts.js';
import { textOf } from './delivery-attempts.js';
import {
  AttemptAnswer,
  AttemptQuery,
  QueuedAnswer,
  ResendOrder,
  RotationOrder,
  TrialAnswer,
  attemptAnswer,
} from './delivery-shapes.js';
import { Resends } from './resends.js';
import { TrialDelivery } from './trial-delivery.js';
import { WebhookNotFound } from './webhook-errors.js';
import { ApiWebhookId, webhookIdPipe } from './webhook-id.js';
import { NewWebhookAnswer, newWebhookAnswer } from './webhook-answer.js';
import { relayIn } from './webhook-orders.js';
import { Webhooks } from './webhooks.js';

const dayInSeconds = 86_400;

@ApiTags('webhooks')
@NeedsScope('webhooks')
@Controller('v1')
export class DeliveriesController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly attempts: Attempts,
    private readonly resends: Resends,
    private readonly trial: TrialDelivery,
  ) {}

  @Get('webhooks/:id/attempts')
  @ApiWebhookId()
  @ApiOperation({ operationId: 'listAttempts', summary: 'What became of deliveries, the newest attempt first' })
  @ApiPage(AttemptAnswer)
  @FailsWith(WebhookNotFound)
  async list(
    @Param('id', webhookIdPipe) id: string,
    @Query() { cursor, limit, event_id: eventId, failed = false }: AttemptQuery,
    @CallingKey() key: LivingKey,
  ): Promise<Page<AttemptAnswer>> {
    await this.webhooks.get(id, key);
    const before = keyOfCursor(cursor, /^\d{1,18}$/);
    const rows = await this.attempts.list({ webhookId: id, eventId, failedOnly: failed, before }, limit + 1);
    return pageOf(rows, limit, attemptAnswer, (row) => row.id);
  }

  @Post('webhooks/:id/resend')
  @HttpCode(202)
  @Idempotent()
  @ApiWebhookId()
  @ApiOperation({
    operationId: 'resendEvents',
    summary: 'Send events once more',
    description:
      'One, or everything that fits and was received since a time, also what was never sent to it. Each is sent under its own `webhook-id` again, and tried as often as a new one.',
  })
  @ApiAcceptedResponse({ type: QueuedAnswer })
  @FailsWith(WebhookNotFound, EventNotFound, InvalidInput)
  async resend(
    @Param('id', webhookIdPipe) id: string,
    @Body() { since, event_id: eventId, undelivered_only: undeliveredOnly = false }: ResendOrder,
    @CallingKey() key: LivingKey,
  ): Promise<QueuedAnswer> {
    if (since === undefined && eventId === undefined)
      throw new InvalidInput([{ path: 'since', message: 'must be given, or event_id' }]);
    const webhook = await this.webhooks.get(id, key);
    if (eventId !== undefined) return { queued: await this.resends.one(webhook, eventId, key) };
    return { queued: await this.resends.since(webhook, timeOf('since', since ?? ''), { undeliveredOnly }) };
  }

  @Post('webhooks/:id/test')
  @HttpCode(200)
  @Idempotent()
  @ApiWebhookId()
  @ApiOperation({
    operationId: 'testWebhook',
    summary: 'Send an event that never happened',
    description: 'At once, and once: an event of the type `event.webhook_test`. Answers what the receiver answered.',
  })
  @ApiOkResponse({ type: TrialAnswer })
  @FailsWith(WebhookNotFound)
  async test(@Param('id', webhookIdPipe) id: string, @CallingKey() key: LivingKey): Promise<TrialAnswer> {
    const { status, error, milliseconds, response } = await this.trial.make(await this.webhooks.get(id, key));
    return { delivered: error === null, status, error, duration_ms: milliseconds, response: textOf(response) };
  }

  @Post('webhooks/:id/rotate')
  @HttpCode(200)
  @Idempotent({ reveals: 'id' })
  @ApiWebhookId()
  @ApiOperation({
    operationId: 'rotateWebhookSecret',
    summary: 'Give a webhook another secret',
    description:
      'The former one signs as well until the overlap ends: each delivery then carries two signatures. The token and AES key of a relay change at once.',
  })
  @ApiOkResponse({ type: NewWebhookAnswer })
  @FailsWith(WebhookNotFound)
  async rotate(
    @Param('id', webhookIdPipe) id: string,
    @Body() order: RotationOrder | undefined,
    @CallingKey() key: LivingKey,
    @By() by: Actor,
  ): Promise<NewWebhookAnswer> {
    const { overlap_seconds: overlapSeconds = dayInSeconds } = order ?? {};
    return newWebhookAnswer(await this.webhooks.rotate(id, { overlapSeconds, relay: relayIn(order ?? {}) }, key, by));
  }

  @Post('events/:id/replay')
  @HttpCode(202)
  @Idempotent()
  @ApiParam({ name: 'id', schema: { type: 'string', example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z' } })
  @ApiOperation({
    operationId: 'replayEvent',
    summary: 'Send one event once more to all webhooks that fit',
    description: 'To those that the key sees, under the same `webhook-id` again.',
  })
  @ApiAcceptedResponse({ type: QueuedAnswer })
  @FailsWith(EventNotFound)
  async replay(@Param('id') id: string, @CallingKey() key: LivingKey): Promise<QueuedAnswer> {
    return { queued: await this.resends.replay(id, key) };
  }
}

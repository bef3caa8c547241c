import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { type Actor, By, CallingKey, Idempotent, type LivingKey, NeedsScope } from '#access';
import { ApiHistory, FailsWith, type History, Operation, historyOf, spanOf, timeOf } from '#api';
import { EventNotFound } from '#callback';
import { InvalidInput } from '#errors';
import { Clock } from '#runtime';
import { AttemptHistory } from './attempt-history.js';
import { textOf } from './delivery-attempts.js';
import {
  AttemptAnswer,
  AttemptQuery,
  QueuedAnswer,
  ResendRequest,
  RotationRequest,
  TrialAnswer,
  attemptAnswer,
} from './delivery-shapes.js';
import { Resends } from './resends.js';
import { TrialDelivery } from './trial-delivery.js';
import { WebhookKeyEnded, WebhookNotFound } from './webhook-errors.js';
import { WebhookIdParam } from './webhook-id.js';
import { NewWebhookAnswer, newWebhookAnswer } from './webhook-answer.js';
import { relayIn } from './webhook-requests.js';
import { Webhooks } from './webhooks.js';

@ApiTags('webhooks')
@NeedsScope('webhooks', 'events:read')
@Controller('v1')
export class DeliveriesController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly attempts: AttemptHistory,
    private readonly resends: Resends,
    private readonly trial: TrialDelivery,
    private readonly clock: Clock,
  ) {}

  @Get('webhooks/:id/attempts')
  @Operation('List the attempts of a webhook, the newest first')
  @ApiHistory(AttemptAnswer)
  @FailsWith(WebhookNotFound)
  async listAttempts(
    @WebhookIdParam() id: string,
    @Query() query: AttemptQuery,
    @CallingKey() key: LivingKey,
  ): Promise<History<AttemptAnswer>> {
    await this.webhooks.get(id, key);
    const { limit, event_id: eventId, failed: failedOnly = false } = query;
    const span = spanOf(query, 'desc');
    const latest = await this.attempts.latestOf(id);
    const rows = await this.attempts.list({ webhookId: id, eventId, failedOnly }, span, limit + 1);
    return historyOf({ rows, latest, span, limit }, attemptAnswer, (row) => row.id);
  }

  @Post('webhooks/:id/resend')
  @HttpCode(202)
  @Idempotent()
  @Operation(
    'Send events once more',
    'One, or everything that fits and was received since a time, also what was never sent to it. Each is sent under its own `webhook-id` again, and gets as many attempts as a new one.',
  )
  @ApiAcceptedResponse({ type: QueuedAnswer })
  @FailsWith(WebhookNotFound, WebhookKeyEnded, EventNotFound, InvalidInput)
  async resendEvents(
    @WebhookIdParam() id: string,
    @Body() { since, event_id: eventId, undelivered_only: undeliveredOnly = false }: ResendRequest,
    @CallingKey() key: LivingKey,
  ): Promise<QueuedAnswer> {
    if (since === undefined && eventId === undefined)
      throw new InvalidInput([{ path: 'since', message: 'must be given, or event_id' }]);
    const webhook = await this.webhooks.usable(id, key);
    if (eventId !== undefined) return { queued: await this.resends.one(webhook, eventId, key) };
    return { queued: await this.resends.since(webhook, timeOf('since', since ?? ''), { undeliveredOnly }) };
  }

  @Post('webhooks/:id/test')
  @HttpCode(200)
  @Idempotent()
  @Operation(
    'Send a test event',
    'At once, and once: an event of the type `event.webhook_test`. Answers what the receiver answered.',
  )
  @ApiOkResponse({ type: TrialAnswer })
  @FailsWith(WebhookNotFound, WebhookKeyEnded)
  async testWebhook(@WebhookIdParam() id: string, @CallingKey() key: LivingKey): Promise<TrialAnswer> {
    const { status, error, milliseconds, response } = await this.trial.make(await this.webhooks.usable(id, key));
    return { delivered: error === null, status, error, duration_ms: milliseconds, response: textOf(response) };
  }

  @Post('webhooks/:id/rotate')
  @HttpCode(200)
  @Idempotent({ reveals: 'id' })
  @ApiBody({ type: RotationRequest, required: false })
  @Operation(
    'Give a webhook another secret',
    'The former one signs as well until the overlap ends: each delivery then carries two signatures. The token and AES key of a relay change at once.',
  )
  @ApiOkResponse({ type: NewWebhookAnswer })
  @FailsWith(WebhookNotFound, WebhookKeyEnded)
  async rotateWebhookSecret(
    @WebhookIdParam() id: string,
    @Body() order: RotationRequest,
    @CallingKey() key: LivingKey,
    @By() by: Actor,
  ): Promise<NewWebhookAnswer> {
    const terms = { overlapSeconds: order.overlap_seconds, relay: relayIn(order) };
    return newWebhookAnswer(await this.webhooks.rotate(id, terms, key, by), this.clock.now());
  }

  @Post('events/:id/replay')
  @HttpCode(202)
  @Idempotent()
  @ApiParam({ name: 'id', schema: { type: 'string', example: 'evt_4fGh7Kq2LmN8pR1sT6vX0z' } })
  @Operation(
    'Send one event once more to all webhooks that fit',
    'To those that the key sees, under the same `webhook-id` again.',
  )
  @ApiAcceptedResponse({ type: QueuedAnswer })
  @FailsWith(EventNotFound)
  async replayEvent(@Param('id') id: string, @CallingKey() key: LivingKey): Promise<QueuedAnswer> {
    return { queued: await this.resends.replay(id, key) };
  }
}

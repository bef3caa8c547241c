import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppModule } from '#app';
import { CallbackModule } from '#callback';
import { NameResolver, SystemNameResolver } from './addresses/name-resolver.js';
import { ReceiverAddresses } from './addresses/receiver-addresses.js';
import { AdminWebhooksController } from './admin-webhooks.controller.js';
import { AttemptHistory } from './attempt-history.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveryWorker } from './delivery-worker.js';
import { DeliveryAttempts } from './delivery-attempts.js';
import { AttemptRequests } from './attempt-requests.js';
import { DueDeliveries } from './due-deliveries.js';
import { ReceiverHttp } from './receiver-http.js';
import { RelayKeys } from './relay-keys.js';
import { Resends } from './resends.js';
import { SealedAddresses } from './sealed-addresses.js';
import { ServiceReplies } from './service-replies.js';
import { TrialDelivery } from './trial-delivery.js';
import { WebhookHealth } from './webhook-health.js';
import { WebhookOwners } from './webhook-owners.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { Webhook } from './webhook.entity.js';
import { WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.js';
import { WebhookJobs } from './webhook.jobs.js';

@Module({
  imports: [TypeOrmModule.forFeature([Webhook]), AppModule, CallbackModule],
  controllers: [WebhooksController, DeliveriesController, AdminWebhooksController],
  providers: [
    WebhookJobs,
    Webhooks,
    WebhookSecrets,
    SealedAddresses,
    DueDeliveries,
    DeliveryWorker,
    DeliveryAttempts,
    AttemptRequests,
    RelayKeys,
    AttemptHistory,
    Resends,
    TrialDelivery,
    ServiceReplies,
    WebhookHealth,
    WebhookOwners,
    ReceiverHttp,
    ReceiverAddresses,
    { provide: NameResolver, useClass: SystemNameResolver },
  ],
})
export class WebhookModule {}

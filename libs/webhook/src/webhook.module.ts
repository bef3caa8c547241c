import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '#account';
import { CallbackModule } from '#callback';
import { MessageModule } from '#message';
import { NameResolver, SystemNameResolver } from './addresses/name-resolver.js';
import { ReceiverAddresses } from './addresses/receiver-addresses.js';
import { Attempts } from './attempts.js';
import { DeliveriesController } from './deliveries.controller.js';
import { Deliveries } from './deliveries.js';
import { DeliveryAttempts } from './delivery-attempts.js';
import { DeliveryRequest } from './delivery-request.js';
import { Outbox } from './outbox.js';
import { ReceiverHttp } from './receiver-http.js';
import { RelayKeys } from './relay-keys.js';
import { Resends } from './resends.js';
import { ServiceReplies } from './service-replies.js';
import { TrialDelivery } from './trial-delivery.js';
import { WebhookHealth } from './webhook-health.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { Webhook } from './webhook.entity.js';
import { WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.js';

@Module({
  imports: [TypeOrmModule.forFeature([Webhook]), AccountModule, CallbackModule, MessageModule],
  controllers: [WebhooksController, DeliveriesController],
  providers: [
    Webhooks,
    WebhookSecrets,
    Outbox,
    Deliveries,
    DeliveryAttempts,
    DeliveryRequest,
    RelayKeys,
    Attempts,
    Resends,
    TrialDelivery,
    ServiceReplies,
    WebhookHealth,
    ReceiverHttp,
    ReceiverAddresses,
    { provide: NameResolver, useClass: SystemNameResolver },
  ],
})
export class WebhookModule {}

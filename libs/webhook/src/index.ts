// Kept events are sent to the services that asked for them: signed, repeated until they arrive, and only to allowed addresses.
export { WebhookModule } from './webhook.module.js';
export { NameResolver } from './addresses/name-resolver.js';

// Kept events go out to the services that asked for them: signed, again until they arrive, and only where they may.
export { WebhookModule } from './webhook.module.js';
export { NameResolver } from './addresses/name-resolver.js';

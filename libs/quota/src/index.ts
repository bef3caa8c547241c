// Who calls which API of WeChat how often, besides WeChat's own count.
export { Quotas } from './quotas.js';
export { QuotaModule } from './quota.module.js';

// Who calls which API of WeChat how often, beside what WeChat counts itself.
export { Quotas } from './quotas.js';
export { QuotaModule } from './quota.module.js';

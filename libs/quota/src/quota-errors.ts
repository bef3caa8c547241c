import { failure } from '#errors';

export class NoQuotaToClear extends failure(
  'invalid',
  'no_quota_to_clear',
  'Without a secret of the app its quotas cannot be cleared',
) {
  constructor(appid: string) {
    super(`No secret of ${appid} is kept here, and WeChat clears quotas for whoever shows it`);
  }
}

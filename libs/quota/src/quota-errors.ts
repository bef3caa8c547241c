import { failure } from '#errors';

export class NoQuotaToClear extends failure('invalid', 'no_quota_to_clear', {
  en: 'Without a secret of the app its quotas cannot be cleared',
  zh: '没有应用的 AppSecret，不能清空调用次数',
}) {
  constructor(appid: string) {
    super({
      en: `No secret of ${appid} is kept here, and WeChat clears quotas for whoever shows it`,
      zh: `这里没有保存 ${appid} 的 AppSecret，而微信要凭它才清空调用次数`,
    });
  }
}

import { GatewayError } from '#errors';
import { CodeUsed } from '#wechat';

/** After a while WeChat forgets a used code and calls it invalid. We remember it longer. */
export class CodeRemembered extends GatewayError {
  override readonly failure = CodeUsed.failure;

  constructor() {
    super({
      en: 'The code was exchanged before: it works once, so let the person begin again',
      zh: '这个 code 已经换取过：它只能使用一次，请让用户重新登录',
    });
  }
}

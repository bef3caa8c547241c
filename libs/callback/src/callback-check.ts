import { Injectable } from '@nestjs/common';
import type { CheckLine } from '#api';
import { type App, CallbackSecrets } from '#app';
import { type Sentence, because } from '#errors';
import { Clock, Randomness } from '#runtime';
import { Settings } from '#settings';
import { sortedSha1 } from '#wechat';
import { CallbackReports, type Fault } from './refusals/callback-reports.js';
import { refusalReasons } from './refusals/refusal-reasons.js';

const patienceMilliseconds = 5_000;

/**
 * Calls the gateway through PUBLIC_URL as WeChat would, so everything in between is checked too. Only WeChat's own pushes show
 * that WeChat has the same secrets.
 */
@Injectable()
export class CallbackCheck {
  constructor(
    private readonly secrets: CallbackSecrets,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly reports: CallbackReports,
  ) {}

  async check(app: App): Promise<CheckLine[]> {
    const [current] = await this.secrets.of(app);
    const faults = await this.reports.faultsOf(app.appid);
    const ofKey = faults.find(({ reason }) => reason === 'wrong_key');
    const [ofCallback] = faults.filter((fault) => fault !== ofKey);
    if (!current) {
      const detail = { en: 'the app has no callback here', zh: '这个应用在网关里没有设置回调' };
      return [
        ofCallback ? refused('callback', ofCallback) : { check: 'callback', status: 'not_applicable', detail, hint: null },
        { check: 'aes_key', status: 'not_applicable', detail, hint: null },
      ];
    }
    const reached = await this.callback(app.appid, current.token);
    return [
      ofCallback && reached.status === 'ok' ? refused('callback', ofCallback) : reached,
      ofKey ? refused('aes_key', ofKey) : aesKey(app, current.encodingAesKey),
    ];
  }

  private async callback(appid: string, token: string): Promise<CheckLine> {
    const timestamp = String(Math.floor(this.clock.now().getTime() / 1_000));
    const [nonce, echostr] = [this.randomness.word(10), this.randomness.word(16)];
    const query = new URLSearchParams({ signature: sortedSha1([token, timestamp, nonce]), timestamp, nonce, echostr });
    const address = `${this.settings.publicUrl}/callbacks/${appid}`;
    try {
      const answer = await fetch(`${address}?${query.toString()}`, {
        redirect: 'manual',
        signal: AbortSignal.timeout(patienceMilliseconds),
      });
      if (answer.status === 200 && (await answer.text()) === echostr)
        return {
          check: 'callback',
          status: 'ok',
          detail: { en: `${address} answers a signed call`, zh: `${address} 能响应带签名的请求` },
          hint: null,
        };
      return problem(
        { en: `${address} answered ${answer.status} to a signed call`, zh: `${address} 对带签名的请求返回 ${answer.status}` },
        { en: 'see what stands between PUBLIC_URL and the gateway', zh: '请检查 PUBLIC_URL 与网关之间的环节' },
      );
    } catch (error) {
      const why = (error as Error).name;
      return problem(
        { en: `${address} could not be reached: ${why}`, zh: `无法访问 ${address}：${why}` },
        { en: 'PUBLIC_URL must lead to this gateway', zh: 'PUBLIC_URL 必须指向这个网关' },
      );
    }
  }
}

const problem = (detail: Sentence, hint: Sentence): CheckLine => ({ check: 'callback', status: 'problem', detail, hint });

const refused = (check: CheckLine['check'], { reason, count, firstAt }: Fault): CheckLine => {
  const { means, hint } = refusalReasons[reason];
  const since = firstAt.toISOString();
  const pushes = {
    en: `${count} ${count === 1 ? 'push' : 'pushes'} refused since ${since}, and none accepted after`,
    zh: `自 ${since} 起拒绝了 ${count} 条推送，之后没有接受过推送`,
  };
  return { check, status: 'problem', detail: because(pushes, means), hint };
};

const aesKey = ({ callbackMode }: App, key: string | null): CheckLine =>
  key !== null
    ? {
        check: 'aes_key',
        status: 'ok',
        detail: {
          en: `a key is kept; at least ${callbackMode ?? 'plain'} pushes are demanded`,
          zh: `已保存密钥；至少要求 ${callbackMode ?? 'plain'} 模式的推送`,
        },
        hint: null,
      }
    : {
        check: 'aes_key',
        status: 'problem',
        detail: {
          en: 'no key is kept: pushes come in the clear, and their signature does not cover what they say',
          zh: '没有保存密钥：推送是明文，签名不覆盖消息内容',
        },
        hint: {
          en: "set encoding_aes_key, and the safe mode in WeChat's console",
          zh: '请设置 encoding_aes_key，并在微信后台选择安全模式',
        },
      };

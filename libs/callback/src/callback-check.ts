import { Injectable } from '@nestjs/common';
import type { CheckLine } from '#api';
import { type App, CallbackSecrets } from '#app';
import { Clock, Randomness } from '#runtime';
import { Settings } from '#settings';
import { sortedSha1 } from '#wechat';
import { CallbackReports, type Fault } from './refusals/callback-reports.js';
import { refusalReasons } from './refusals/refusal-reasons.js';

const patienceMilliseconds = 5_000;

/**
 * Calls ourselves through PUBLIC_URL as WeChat would: what stands in between is then right as well. That WeChat has the
 * same secrets, only its pushes tell.
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
      const detail = 'the app has no callback here';
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
        return { check: 'callback', status: 'ok', detail: `${address} answers a signed call`, hint: null };
      return problem(
        `${address} answered ${answer.status} to a signed call`,
        'see what stands between PUBLIC_URL and the gateway',
      );
    } catch (error) {
      return problem(`${address} could not be reached: ${(error as Error).name}`, 'PUBLIC_URL must lead to this gateway');
    }
  }
}

const problem = (detail: string, hint: string): CheckLine => ({ check: 'callback', status: 'problem', detail, hint });

const refused = (check: CheckLine['check'], { reason, count, firstAt }: Fault): CheckLine => {
  const { means, hint } = refusalReasons[reason];
  const pushes = `${count} ${count === 1 ? 'push' : 'pushes'} refused since ${firstAt.toISOString()}, and none accepted after`;
  return { check, status: 'problem', detail: `${pushes}: ${means}`, hint };
};

const aesKey = ({ callbackMode }: App, key: string | null): CheckLine =>
  key !== null
    ? {
        check: 'aes_key',
        status: 'ok',
        detail: `a key is kept; at least ${callbackMode ?? 'plain'} pushes are demanded`,
        hint: null,
      }
    : {
        check: 'aes_key',
        status: 'problem',
        detail: 'no key is kept: pushes come in the clear, and their signature does not cover what they say',
        hint: "set encoding_aes_key, and the safe mode in WeChat's console",
      };

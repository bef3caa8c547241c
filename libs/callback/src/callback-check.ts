import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type App, CallbackSecrets } from '#account';
import { Clock, Randomness } from '#runtime';
import { Settings } from '#settings';
import { AppCheck, type CheckLine } from '#token';
import { sortedSha1 } from '#wechat';

const patienceMilliseconds = 5_000;

/** Calls ourselves through PUBLIC_URL as WeChat would: what stands in between is then right as well. */
@Injectable()
export class CallbackCheck implements OnModuleInit {
  constructor(
    private readonly checks: AppCheck,
    private readonly secrets: CallbackSecrets,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  onModuleInit(): void {
    this.checks.checkAlso((app) => this.run(app));
  }

  private async run(app: App): Promise<CheckLine[]> {
    const [current] = await this.secrets.of(app);
    if (!current) {
      const detail = 'the app has no callback here';
      return [
        { check: 'callback', status: 'not_applicable', detail, hint: null },
        { check: 'aes_key', status: 'not_applicable', detail, hint: null },
      ];
    }
    return [await this.callback(app.appid, current.token), aesKey(app, current.encodingAesKey)];
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

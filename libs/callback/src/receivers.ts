import { Injectable } from '@nestjs/common';
import { MinuteCounts, sourceOf } from '#access';
import { Apps, type App, CallbackSecrets } from '#app';
import { Clock, Randomness } from '#runtime';
import { Settings } from '#settings';
import { type PushQuery, type PushReceiver, addresseeOf, verifyEcho, wrongSignature } from '#wechat';
import { PushRefused, TooManyWrongSignatures } from './callback-errors.js';

const wrongPerMinute = 20;
/** One stranger may have very many addresses. */
const sourcesMax = 10_000;

/** The secrets that prove a push. */
@Injectable()
export class Receivers {
  /** No push can be proven with its secrets. */
  readonly nobody: PushReceiver;
  /** The row of an app is a new object after each change. */
  private readonly opened = new WeakMap<App, { receiver: PushReceiver; until: number }>();
  private readonly wrong = new MinuteCounts(sourcesMax);

  constructor(
    private readonly apps: Apps,
    private readonly secrets: CallbackSecrets,
    private readonly settings: Settings,
    private readonly clock: Clock,
    randomness: Randomness,
  ) {
    const token = randomness.word(32);
    this.nobody = { receiveId: 'nobody', mode: 'plain', generations: [{ token, encodingAesKey: null }] };
  }

  /** An app without a callback gets secrets that nobody knows, so that a stranger learns nothing from the answer. */
  async of(appid: string): Promise<PushReceiver> {
    const app = await this.apps.find(appid);
    return (app && (await this.receiverOf(app))) ?? this.nobody;
  }

  async isApp(appid: string): Promise<boolean> {
    return (await this.apps.find(appid)) !== undefined;
  }

  /** For the older address, which does not name the app: finds it by the addressee in the push. */
  async addressedBy(body: Buffer): Promise<string> {
    const originalId = addresseeOf(body);
    const app = originalId === undefined ? undefined : await this.apps.withOriginalId(originalId);
    if (!app) throw new PushRefused(wrongSignature);
    return app.appid;
  }

  /**
   * For the first call to the older address: finds the app whose token makes the signature right. Anybody may call this and all
   * apps are checked, so it works from memory, and only an app that changed is opened again.
   */
  async provenBy(query: PushQuery, from: string): Promise<string> {
    const moment = { now: this.clock.ownTime(), windowSeconds: this.settings.callbackWindowSeconds };
    for (const appid of await this.apps.withCallback())
      if (verifyEcho(await this.of(appid), query, moment).kind === 'echo') return appid;
    const { count, secondsLeft } = this.wrong.add(sourceOf(from));
    throw count > wrongPerMinute ? new TooManyWrongSignatures(secondsLeft) : new PushRefused(wrongSignature);
  }

  private async receiverOf(app: App): Promise<PushReceiver | undefined> {
    const now = this.clock.steady();
    const known = this.opened.get(app);
    if (known && now < known.until) return known.receiver;
    const generations = await this.secrets.of(app);
    if (generations.length === 0 || !app.callbackMode) return undefined;
    const receiver = { receiveId: app.appid, mode: app.callbackMode, generations };
    // The former generation ends without a change of the row.
    this.opened.set(app, { receiver, until: generations.length > 1 ? now + 10_000 : Number.POSITIVE_INFINITY });
    return receiver;
  }
}

import { type CallFacts, remember } from './call-facts.js';
import type { WechatPicture } from './picture.js';
import type { WechatAnswer } from './wechat-answer.js';
import type { Callers } from './wechat-app.js';
import type { WechatRefused } from './wechat-errors.js';

export type WechatParameters = Readonly<Record<string, unknown>>;

/** What goes into a call and what comes out. WeChat's words end here. */
interface Translation<As extends keyof Callers, Input extends unknown[], Answer> {
  /** The parameters, without what shows who calls. */
  readonly takes?: (...input: Input) => WechatParameters;
  readonly gives?: (answer: WechatAnswer, caller: Callers[As], ...input: Input) => Answer;
  /** Instead of `gives`: WeChat answers with a picture, or with an error in JSON. */
  readonly picture?: (picture: WechatPicture) => Answer;
  /** What a refusal means, where that is an answer too. Throws what is none. */
  readonly refused?: (error: WechatRefused) => Answer;
}

export type WechatCall<As extends keyof Callers, Input extends unknown[], Answer> = CallFacts &
  Translation<As, Input, Answer> & { readonly as: As };

/** One call of WeChat's. */
export function declared<As extends keyof Callers, Input extends unknown[] = [], Answer = void>(
  verb: CallFacts['verb'],
  path: string,
  as: As,
  more: Omit<CallFacts, 'verb' | 'path' | 'as'> & Translation<As, Input, Answer> = {},
): WechatCall<As, Input, Answer> {
  const call = { ...more, verb, path, as };
  remember(call);
  return call;
}

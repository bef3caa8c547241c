import { Injectable } from '@nestjs/common';
import { GatewayError } from '#errors';
import { AttemptCookies } from '../attempts/attempt-cookies.js';
import { type Attempt, type AttemptRef, Attempts } from '../attempts/attempts.js';
import { type BrowserReply, type BrowserRequest, isPrefetch, isPreview } from '../attempts/browser.js';
import { OwnCodes } from '../attempts/own-codes.js';
import { WebAuthorizations } from '../web-authorizations.js';
import { type WindowMessage, finishPage, overPage } from './finish-page.js';

interface Visit {
  readonly request: BrowserRequest;
  readonly reply: BrowserReply;
}

/** A page that is loaded again gives the same code while that is valid. */
const ownedSeconds = 300;

/** How a login window ends. */
@Injectable()
export class PopupWindows {
  constructor(
    private readonly attempts: Attempts,
    private readonly cookies: AttemptCookies,
    private readonly codes: OwnCodes,
    private readonly authorizations: WebAuthorizations,
  ) {}

  /** The page to show; undefined if there is no such window. */
  async finish(ref: AttemptRef, code: string | undefined, visit: Visit): Promise<string | undefined> {
    const attempt = await this.attempts.find('popup', ref);
    if (!attempt) return undefined;
    if (isPreview(visit.request) || isPrefetch(visit.request)) return overPage;
    const tell = (message: Partial<WindowMessage>): string =>
      finishPage(attempt.origin ?? '', { type: 'wechat-login', code: null, state: attempt.state, ...message });
    // A person who refused comes back without a code.
    if (code === undefined && attempt.cookieHash === null) return tell({});
    if (!(await this.own(attempt, visit))) return overPage;
    if (attempt.codeUntil === null) {
      if (code === undefined) return tell({});
      if (!(await this.exchange(attempt, code))) return tell({ error: 'failed' });
    } else if (!attempt.hasCode) return overPage;
    return tell({ code: this.codes.codeOf(attempt) });
  }

  /** The first browser that brings a code owns the window. Another one that copied the address gets nothing. */
  private async own(attempt: Attempt, { request, reply }: Visit): Promise<boolean> {
    const how = { shown: this.cookies.of(attempt, request), seconds: ownedSeconds };
    const cookie = await this.attempts.open('popup', attempt, how);
    if (cookie === undefined) return false;
    this.cookies.set(attempt, { value: cookie, seconds: ownedSeconds, isFramed: false }, { request, reply });
    return true;
  }

  /** Whether WeChat accepted the code for this app. Failures that pass are thrown, because the page may be loaded again. */
  private async exchange(attempt: Attempt, code: string): Promise<boolean> {
    try {
      await this.codes.keep(attempt, await this.authorizations.exchange(attempt.appid, code, 'zh_CN'));
      return true;
    } catch (error) {
      if (error instanceof GatewayError && isFinal(error)) return false;
      throw error;
    }
  }
}

const isFinal = ({ failure }: GatewayError): boolean =>
  !['limited', 'unavailable', 'upstream-silent', 'upstream-broken'].includes(failure.kind);

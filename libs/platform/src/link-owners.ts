import { Injectable } from '@nestjs/common';
import {
  AttemptCookies,
  type AttemptRef,
  Attempts,
  type BrowserReply,
  type BrowserRequest,
  isPrefetch,
  isPreview,
} from '#web-auth';

export interface Visit {
  readonly request: BrowserRequest;
  readonly reply: BrowserReply;
}

const kind = 'platform_link';

/**
 * The link's address is part of the address that WeChat sends people back to, and may be copied. So the first browser that
 * opens the page owns the link. Other browsers see the page too, because a scanner of mails and chats may be the first and must
 * not shut out the person. Phones open WeChat's own page and own nothing.
 */
@Injectable()
export class LinkOwners {
  constructor(
    private readonly attempts: Attempts,
    private readonly cookies: AttemptCookies,
  ) {}

  /** Creates the link under a new id. */
  async begin(appid: string, keyId: string, seconds: number): Promise<string> {
    const nothing = { origin: null, returnTo: null, state: '', bindingHash: null };
    const { id } = await this.attempts.begin({ ...nothing, appid, kind, keyId, seconds });
    return id;
  }

  async opened(ref: AttemptRef, { request, reply }: Visit, seconds: number): Promise<void> {
    if (isPreview(request) || isPrefetch(request)) return;
    const cookie = await this.attempts.open(kind, ref, { shown: this.cookies.of(ref, request), seconds });
    if (cookie !== undefined) this.cookies.set(ref, { value: cookie, seconds, isFramed: false }, { request, reply });
  }

  async isOwner(ref: AttemptRef, request: BrowserRequest): Promise<boolean> {
    const attempt = await this.attempts.find(kind, ref);
    return attempt !== undefined && this.attempts.isOwner(attempt, this.cookies.of(ref, request));
  }
}

import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Lifecycle, Randomness } from '#runtime';
import { isSameText } from '#vault';
import { Repository } from 'typeorm';
import { type AttemptKind, BrowserAttempt } from './browser-attempt.entity.js';

export interface AttemptRef {
  readonly appid: string;
  readonly id: string;
}

export interface NewAttempt {
  readonly appid: string;
  readonly kind: AttemptKind;
  readonly keyId: string;
  readonly origin: string | null;
  readonly returnTo: string | null;
  readonly state: string;
  readonly bindingHash: string | null;
  /** The time in which it must be opened. */
  readonly seconds: number;
}

export type Attempt = BrowserAttempt & {
  /** By the database's time. */
  readonly isOver: boolean;
  readonly hasCode: boolean;
};

const keptMinutes = 60;

/**
 * What a service with a key begins for one browser. Addresses are copied and sent on, so knowing one proves nothing: the first
 * browser that opens it owns it, by a cookie of which only a hash is kept.
 */
@Injectable()
export class Attempts {
  constructor(
    @InjectRepository(BrowserAttempt) private readonly rows: Repository<BrowserAttempt>,
    private readonly randomness: Randomness,
    private readonly lifecycle: Lifecycle,
  ) {}

  async begin(order: NewAttempt): Promise<AttemptRef & { expiresAt: Date }> {
    const id = this.randomness.word(22);
    const [made] = await this.rows.query<[{ expires_at: Date }]>(
      `INSERT INTO browser_attempt (appid, id, kind, key_id, origin, return_to, state, binding_hash, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9)) RETURNING expires_at`,
      [order.appid, id, order.kind, order.keyId, order.origin, order.returnTo, order.state, order.bindingHash, order.seconds],
    );
    return { appid: order.appid, id, expiresAt: made.expires_at };
  }

  async find(kind: AttemptKind, { appid, id }: AttemptRef): Promise<Attempt | undefined> {
    // Anybody may write an address, even with characters that no column takes.
    if (!/^[0-9A-Za-z]{22}$/.test(id)) return undefined;
    const { entities, raw } = await this.rows
      .createQueryBuilder('attempt')
      .addSelect('attempt.expires_at <= now()', 'is_over')
      .addSelect('COALESCE(attempt.code_until > now() AND attempt.redeemed_at IS NULL, false)', 'has_code')
      .where({ appid, id, kind })
      .getRawAndEntities<{ is_over: boolean; has_code: boolean }>();
    const [attempt, said] = [entities[0], raw[0]];
    return attempt && said && Object.assign(attempt, { isOver: said.is_over, hasCode: said.has_code });
  }

  /**
   * One statement decides the owner. Returns the cookie of this browser; undefined if another browser owns it or its time is
   * over. A cookie that is `shown` was set to find out whether the browser keeps any.
   */
  async open(
    kind: AttemptKind,
    { appid, id }: AttemptRef,
    { shown, seconds }: { shown: string | undefined; seconds: number },
  ): Promise<string | undefined> {
    const cookie = shown ?? this.freshCookie();
    await this.rows.query(
      `UPDATE browser_attempt SET cookie_hash = $4, expires_at = now() + make_interval(secs => $5)
        WHERE appid = $1 AND id = $2 AND kind = $3 AND cookie_hash IS NULL AND expires_at > now()`,
      [appid, id, kind, hashOf(cookie), seconds],
    );
    const attempt = await this.find(kind, { appid, id });
    return attempt && this.isOwner(attempt, cookie) ? cookie : undefined;
  }

  isOwner({ cookieHash, isOver }: Attempt, cookie: string | undefined): boolean {
    if (cookieHash === null || cookie === undefined || isOver) return false;
    return isSameText(hashOf(cookie), cookieHash);
  }

  freshCookie(): string {
    return this.randomness.word(43);
  }

  /** One request at a time asks WeChat for the attempt. */
  async lease({ appid, id }: AttemptRef, seconds: number): Promise<boolean> {
    const [leased] = await this.rows.query<[unknown[], number]>(
      `UPDATE browser_attempt SET leased_until = now() + make_interval(secs => $3)
        WHERE appid = $1 AND id = $2 AND (leased_until IS NULL OR leased_until <= now()) RETURNING id`,
      [appid, id, seconds],
    );
    return leased.length > 0;
  }

  async release({ appid, id }: AttemptRef): Promise<void> {
    await this.rows.update({ appid, id }, { leasedUntil: null });
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM browser_attempt WHERE expires_at < now() - make_interval(mins => $1)', [keptMinutes]);
  }
}

const hashOf = (cookie: string): string => createHash('sha256').update(cookie).digest('base64url');

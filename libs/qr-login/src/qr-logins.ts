import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Apps } from '#app';
import { Changes } from '#changes';
import { QrCodes } from '#qr-code';
import { Clock, Lifecycle, Randomness } from '#runtime';
import { type EntityManager, Repository } from 'typeorm';
import { LoginRates } from './login-rates.js';
import { LoginTokens, hashOf } from './login-tokens.js';
import { LoginCodeExpired, LoginCodeUsed, LoginNotFound, LoginRefused } from './qr-login-errors.js';
import { type Confirmation, type LoginContext, type LoginStatus, QrLogin } from './qr-login.entity.js';

export interface LoginOrder {
  readonly keyId: string;
  readonly bindingHash: string;
  readonly ttlSeconds: number;
  readonly confirm: Confirmation;
  readonly context: LoginContext;
}

/** The place of a code among those of its login page. */
export interface PageRound {
  readonly attemptId: string;
  readonly round: number;
}

/** The result of a scan. */
export type ScanResult =
  | { readonly kind: 'scanned' | 'confirmed' | 'cancelled' | 'too-late'; readonly login: QrLogin }
  /** The scene is not one of ours. */
  | { readonly kind: 'foreign' };

/** A code that expires sooner is not shown again. */
const reusableSeconds = 30;
const codeSeconds = 60;
const refusalsMax = 5;
const keptDays = 7;

/**
 * The rows hold the whole state. Each step is one conditional statement, so any replica can do any step, two at once do it
 * once, and a crash between two steps changes nothing. The database's time decides what has expired.
 */
@Injectable()
export class QrLogins {
  constructor(
    @InjectRepository(QrLogin) private readonly rows: Repository<QrLogin>,
    private readonly apps: Apps,
    private readonly codes: QrCodes,
    private readonly tokens: LoginTokens,
    private readonly rates: LoginRates,
    private readonly randomness: Randomness,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
    private readonly changes: Changes,
  ) {}

  /** If the same browser asks again, it gets the code that it has: codes cost a quota, which bots must not use up. */
  async begin(appid: string, order: LoginOrder): Promise<QrLogin> {
    await this.apps.getEnabled(appid);
    const [open] = await this.rows.query<{ id: string }[]>(
      `SELECT id FROM qr_login WHERE appid = $1 AND key_id = $2 AND binding_hash = $3 AND confirm = $4 AND context = $5::jsonb
          AND attempt_id IS NULL
          AND status = 'pending' AND expires_at > now() + make_interval(secs => $6) ORDER BY created_at DESC LIMIT 1`,
      [
        appid,
        order.keyId,
        order.bindingHash,
        order.confirm,
        JSON.stringify(order.context),
        Math.min(reusableSeconds, order.ttlSeconds / 2),
      ],
    );
    return this.get(open?.id ?? (await this.add(appid, order)));
  }

  /** The next code of a login page. A request that was overtaken while WeChat was asked adds nothing. */
  async beginRound(appid: string, order: LoginOrder, round: PageRound): Promise<void> {
    await this.apps.getEnabled(appid);
    await this.add(appid, order, round);
  }

  /** The newest code of a login page. */
  async ofPage(appid: string, attemptId: string): Promise<QrLogin | null> {
    return this.rows.findOne({ where: { appid, attemptId }, order: { round: 'DESC' } });
  }

  private async add(appid: string, order: LoginOrder, page?: PageRound): Promise<string> {
    // A browser that opens a page has no key, so it is counted apart from what the service begins itself.
    const { keyId, context } = order;
    await this.rates.take({ keyId, isStranger: page !== undefined, address: context.ip });
    const scene = `qrl_${this.randomness.word(22)}`;
    const { url } = await this.codes.issue(appid, { scene, lifetimeSeconds: Math.max(60, order.ttlSeconds) });
    const id = `qrl_${this.randomness.word(22)}`;
    await this.rows.query(
      `INSERT INTO qr_login (appid, id, key_id, binding_hash, scene, qr_content, confirm, context, expires_at, attempt_id, round)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9), $10, $11)
       ON CONFLICT (appid, attempt_id, round) WHERE attempt_id IS NOT NULL DO NOTHING`,
      [
        appid,
        id,
        order.keyId,
        order.bindingHash,
        scene,
        url,
        order.confirm,
        JSON.stringify(order.context),
        order.ttlSeconds,
        page?.attemptId ?? null,
        page?.round ?? null,
      ],
    );
    return id;
  }

  async get(id: string): Promise<QrLogin> {
    const login = await this.rows.findOneBy({ id });
    if (!login) throw new LoginNotFound();
    return login;
  }

  statusOf({ status, expiresAt, codeUntil }: QrLogin): LoginStatus {
    const now = this.clock.now();
    if (status === 'pending' || status === 'scanned') return expiresAt > now ? status : 'expired';
    return status === 'confirmed' && codeUntil !== null && codeUntil <= now ? 'expired' : status;
  }

  /** The same code each time while the login is confirmed. */
  codeOf(login: QrLogin): string | undefined {
    return this.statusOf(login) === 'confirmed' ? this.tokens.make('code', login.id) : undefined;
  }

  /** The first scan wins. A scan by somebody else before the decision ends the login: one of the two is deceived. */
  async scan(appid: string, scene: string, openid: string, within: EntityManager): Promise<ScanResult> {
    const [bound] = await within.query<[{ id: string; status: string }[], number]>(
      `UPDATE qr_login SET openid = $3, scanned_at = now(),
              status = CASE confirm WHEN 'none' THEN 'confirmed' ELSE 'scanned' END,
              code_until = CASE confirm WHEN 'none' THEN now() + make_interval(secs => $4) END
        WHERE appid = $1 AND scene = $2 AND status = 'pending' AND expires_at > now()
       RETURNING id, status`,
      [appid, scene, openid, codeSeconds],
    );
    if (!bound[0])
      await within.query(
        `UPDATE qr_login SET status = 'cancelled' WHERE appid = $1 AND scene = $2 AND status = 'scanned' AND openid <> $3`,
        [appid, scene, openid],
      );
    const login = await within.findOneBy(QrLogin, { appid, scene });
    if (!login) return { kind: 'foreign' };
    if (login.openid === openid && this.statusOf(login) === 'scanned') return { kind: 'scanned', login };
    if (bound[0]) return { kind: 'confirmed', login };
    return { kind: login.status === 'cancelled' ? 'cancelled' : 'too-late', login };
  }

  /** The person who scanned cannot be asked, so the browser is told at once and need not wait until the code expires. */
  async giveUp(appid: string, scene: string, openid: string, within: EntityManager): Promise<void> {
    await within.query(
      `UPDATE qr_login SET status = 'cancelled' WHERE appid = $1 AND scene = $2 AND status = 'scanned' AND openid = $3`,
      [appid, scene, openid],
    );
  }

  /** Writes the person's decision. False if they could no longer decide. */
  async decide(id: string, openid: string, agrees: boolean): Promise<boolean> {
    const [done] = await this.rows.query<[unknown[], number]>(
      `UPDATE qr_login SET status = $3, code_until = now() + make_interval(secs => $4)
        WHERE id = $1 AND openid = $2 AND status = 'scanned' AND expires_at > now() RETURNING id`,
      [id, openid, agrees ? 'confirmed' : 'denied', codeSeconds],
    );
    void this.changes.run();
    return done.length > 0;
  }

  async redeem(code: string, binding: string, keyId: string): Promise<QrLogin> {
    const id = this.tokens.read('code', code);
    if (id === undefined) throw new LoginRefused();
    const [redeemed] = await this.rows.query<[unknown[], number]>(
      `UPDATE qr_login SET status = 'redeemed'
        WHERE id = $1 AND key_id = $2 AND binding_hash = $3 AND status = 'confirmed' AND code_until > now() RETURNING id`,
      [id, keyId, hashOf(binding)],
    );
    if (redeemed.length > 0) return this.get(id);
    throw await this.whyNot(id, binding, keyId);
  }

  private async whyNot(id: string, binding: string, keyId: string): Promise<Error> {
    const login = await this.get(id);
    if (login.keyId === keyId && login.bindingHash === hashOf(binding))
      return login.status === 'redeemed' ? new LoginCodeUsed() : new LoginCodeExpired(this.statusOf(login));
    await this.rows.query(
      `UPDATE qr_login SET refusals = refusals + 1, status = CASE WHEN refusals + 1 >= $2 THEN 'cancelled' ELSE status END
        WHERE id = $1 AND status = 'confirmed'`,
      [id, refusalsMax],
    );
    return new LoginRefused();
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM qr_login WHERE created_at < now() - make_interval(days => $1)', [keptDays]);
  }
}

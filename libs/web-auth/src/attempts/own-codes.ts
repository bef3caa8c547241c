import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CodeRemembered } from '#one-time-code';
import { Users } from '#user';
import { type Place, Vault, isSameText } from '#vault';
import { Repository } from 'typeorm';
import { CodeRefused, OwnCodeInvalid } from '../web-auth-errors.js';
import type { WebLogin } from '../web-login.js';
import type { AttemptRef } from './attempts.js';
import { BrowserAttempt } from './browser-attempt.entity.js';

const codePattern = /^wxgc_([0-9a-f]{16})([0-9A-Za-z]{22})[\w-]{43}$/;
const codeSeconds = 60;
const refusalsMax = 5;

export const isOwnCode = (code: string): boolean => code.startsWith('wxgc_');

/**
 * WeChat's code names no app: whoever can bring one here could bring one of any app. So it is exchanged at once with the secret
 * of the attempt's app, and the service gets a code of ours, made from the attempt's id.
 */
@Injectable()
export class OwnCodes implements OnModuleInit {
  constructor(
    @InjectRepository(BrowserAttempt) private readonly rows: Repository<BrowserAttempt>,
    private readonly vault: Vault,
    private readonly users: Users,
  ) {}

  onModuleInit(): void {
    this.users.eraseAlso(async (transaction, { appid, openid }) => {
      await transaction.delete(BrowserAttempt, { appid, openid });
    });
  }

  /** Keeps the person for the service to fetch. The first result of an attempt is the only one. */
  async keep({ appid, id }: AttemptRef, login: WebLogin): Promise<void> {
    const sealed = await this.vault.seal(place({ appid, id }), JSON.stringify(login));
    await this.rows.query(
      `UPDATE browser_attempt SET openid = $3, sealed_result = $4, code_until = now() + make_interval(secs => $5)
        WHERE appid = $1 AND id = $2 AND code_until IS NULL`,
      [appid, id, login.openid, sealed, codeSeconds],
    );
  }

  codeOf({ appid, id }: AttemptRef): string {
    const proof = this.vault.fingerprint('browser_attempt.code', `${appid} ${id}`).toString('base64url');
    return `wxgc_${appid.slice(2)}${id}${proof}`;
  }

  /** Works once, with the key that began the attempt, for its app. */
  async redeem(appid: string, code: string, keyId: string | undefined): Promise<WebLogin> {
    const ref = this.read(code);
    if (!ref) throw new OwnCodeInvalid();
    if (ref.appid !== appid || keyId === undefined) throw await this.refuse(ref);
    const [redeemed] = await this.rows.query<[{ sealed_result: string }[], number]>(
      `WITH held AS (
         SELECT appid, id, sealed_result FROM browser_attempt
          WHERE appid = $1 AND id = $2 AND key_id = $3 AND redeemed_at IS NULL AND code_until > now() AND refusals < $4
          FOR UPDATE)
       UPDATE browser_attempt AS attempt SET redeemed_at = now(), sealed_result = NULL
         FROM held WHERE attempt.appid = held.appid AND attempt.id = held.id RETURNING held.sealed_result`,
      [ref.appid, ref.id, keyId, refusalsMax],
    );
    const [held] = redeemed;
    if (!held) throw await this.whyNot(ref, keyId);
    return JSON.parse(await this.vault.open(place(ref), held.sealed_result)) as WebLogin;
  }

  private async whyNot(ref: AttemptRef, keyId: string): Promise<Error> {
    const attempt = await this.rows.findOneBy({ appid: ref.appid, id: ref.id });
    if (!attempt) return new OwnCodeInvalid();
    if (attempt.keyId !== keyId) return this.refuse(ref);
    return attempt.redeemedAt ? new CodeRemembered() : new OwnCodeInvalid();
  }

  /** The code stays valid for its owner until it was tried too often. */
  private async refuse({ appid, id }: AttemptRef): Promise<Error> {
    await this.rows.query(
      'UPDATE browser_attempt SET refusals = refusals + 1 WHERE appid = $1 AND id = $2 AND redeemed_at IS NULL',
      [appid, id],
    );
    return new CodeRefused();
  }

  /** The attempt that a code belongs to; undefined if we did not make it. */
  private read(code: string): AttemptRef | undefined {
    const [, app, id] = codePattern.exec(code) ?? [];
    if (app === undefined || id === undefined) return undefined;
    const ref = { appid: `wx${app}`, id };
    return isSameText(code, this.codeOf(ref)) ? ref : undefined;
  }
}

const place = ({ appid, id }: AttemptRef): Place => ({
  table: 'browser_attempt',
  column: 'sealed_result',
  row: id,
  owner: appid,
});

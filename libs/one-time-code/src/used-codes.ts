import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Lifecycle, Randomness } from '#runtime';
import { CodeUsed } from '#wechat';
import { Repository } from 'typeorm';
import { CodeRemembered } from './code-remembered.js';
import { UsedCode } from './used-code.entity.js';

interface ClaimedCode {
  readonly appid: string;
  readonly codeHash: string;
  readonly claim: string;
}

/** Longer than WeChat may take to answer. */
const heldSeconds = 20;
/** Twice as long as a code of an account is valid, and as long as one of a website. */
const keptMinutes = 10;

/** Remembers exchanged codes, so that each is exchanged once, on whatever replicas two requests arrive. */
@Injectable()
export class UsedCodes {
  private readonly log = new Logger('UsedCodes');

  constructor(
    @InjectRepository(UsedCode) private readonly rows: Repository<UsedCode>,
    private readonly randomness: Randomness,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** Exchanges a code at WeChat unless another request does or did. */
  async exchange<T>(appid: string, code: string, ask: () => Promise<T>): Promise<T> {
    const claimed = await this.claim(appid, code);
    try {
      const gained = await ask();
      await this.markUsed(claimed);
      return gained;
    } catch (error) {
      // Unless WeChat says that the code was used, it may still work: a repeat asks WeChat again.
      await (error instanceof CodeUsed ? this.markUsed(claimed) : this.release(claimed));
      throw error;
    }
  }

  /** One statement decides which of two requests may ask WeChat. The other one must not learn who the person is. */
  private async claim(appid: string, code: string): Promise<ClaimedCode> {
    const codeHash = createHash('sha256').update(code).digest('hex');
    const claim = this.randomness.word(12);
    const mine: unknown[] = await this.rows.query(
      `INSERT INTO used_code AS earlier (appid, code_hash, claim, held_until)
       VALUES ($1, $2, $3, now() + make_interval(secs => $4))
       ON CONFLICT (appid, code_hash) DO UPDATE
          SET claim = excluded.claim, held_until = excluded.held_until, claimed_at = now()
        WHERE earlier.held_until < now() OR earlier.claimed_at < now() - make_interval(mins => $5)
       RETURNING claim`,
      [appid, codeHash, claim, heldSeconds, keptMinutes],
    );
    if (mine.length === 0) throw new CodeRemembered();
    return { appid, codeHash, claim };
  }

  /** WeChat accepted the code, or says that it was used before. */
  private async markUsed(code: ClaimedCode): Promise<void> {
    await this.rows.update({ ...code }, { heldUntil: null }).catch((error: Error) => {
      this.log.warn(`A used code is remembered for ${heldSeconds} s only: ${error.message}`);
    });
  }

  /** WeChat did not accept the code, so it may be tried again. */
  private async release(code: ClaimedCode): Promise<void> {
    await this.rows.delete({ ...code }).catch((error: Error) => {
      this.log.warn(`A code that WeChat did not take stays reserved for ${heldSeconds} s: ${error.message}`);
    });
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM used_code WHERE claimed_at < now() - make_interval(mins => $1)', [keptMinutes]);
  }
}

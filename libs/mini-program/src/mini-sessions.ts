import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Apps } from '#app';
import { UsedCodes } from '#one-time-code';
import { Lifecycle, Randomness } from '#runtime';
import { Settings } from '#settings';
import { AccessTokens } from '#token';
import { Users } from '#user';
import { type Place, Vault } from '#vault';
import { WechatCryptoError, loginToMiniProgram, openUserData } from '#wechat';
import { Repository } from 'typeorm';
import { DataNotOpened, DataOfAnotherApp, SessionNotFound } from './mini-program-errors.js';
import { MiniSession } from './mini-session.entity.js';
import { mustBeMiniProgram } from './mini-programs.js';

export interface SealedData {
  readonly encryptedData: string;
  readonly iv: string;
}

/** Logins of people to mini programs. The session_key that WeChat gives for each is sealed, and never leaves. */
@Injectable()
export class MiniSessions {
  constructor(
    @InjectRepository(MiniSession) private readonly rows: Repository<MiniSession>,
    private readonly apps: Apps,
    private readonly codes: UsedCodes,
    private readonly users: Users,
    private readonly tokens: AccessTokens,
    private readonly vault: Vault,
    private readonly randomness: Randomness,
    private readonly lifecycle: Lifecycle,
    private readonly settings: Settings,
  ) {}

  async begin(appid: string, code: string): Promise<{ id: string; openid: string; unionid: string | null }> {
    const app = await this.apps.getEnabled(appid);
    mustBeMiniProgram(app);
    const login = await this.codes.exchange(appid, code, () => this.tokens.callProving(loginToMiniProgram, appid, code));
    const { openid, unionid, sessionKey } = login;
    const id = this.randomness.word(24);
    const sealedSessionKey = await this.vault.seal(place(appid, id), sessionKey);
    await this.rows.manager.transaction(async (transaction) => {
      await this.users.see(appid, [{ openid, unionid }], transaction);
      await transaction.insert(MiniSession, { appid, id, openid, sealedSessionKey });
    });
    return { id, openid, unionid };
  }

  /** What WeChat sealed for the front end, in the clear. */
  async decrypt(appid: string, id: string, data: SealedData): Promise<Record<string, unknown>> {
    const session = await this.rows.findOneBy({ appid, id });
    if (!session) throw new SessionNotFound();
    try {
      return await this.openWith(session, data);
    } catch (error) {
      // A later login may have replaced the key for all sessions of the person.
      const latest = error instanceof DataNotOpened ? await this.latestOf(session) : undefined;
      if (!latest) throw error;
      return this.openWith(latest, data);
    }
  }

  async forgetOld(): Promise<void> {
    if (!this.lifecycle.isServing) return;
    await this.rows.query('DELETE FROM mini_session WHERE created_at < now() - make_interval(days => $1)', [
      this.settings.miniSessionsKeptDays,
    ]);
  }

  private async latestOf({ appid, openid, id }: MiniSession): Promise<MiniSession | undefined> {
    const [latest] = await this.rows.find({ where: { appid, openid }, order: { createdAt: 'DESC' }, take: 1 });
    return latest?.id === id ? undefined : latest;
  }

  private async openWith({ appid, id, sealedSessionKey }: MiniSession, data: SealedData): Promise<Record<string, unknown>> {
    const sessionKey = await this.vault.open(place(appid, id), sealedSessionKey);
    try {
      return openUserData({ ...data, sessionKey, appid });
    } catch (error) {
      if (!(error instanceof WechatCryptoError)) throw error;
      throw error.fault === 'bad-receive-id' ? new DataOfAnotherApp() : new DataNotOpened(error);
    }
  }
}

const place = (appid: string, id: string): Place => ({
  table: 'mini_session',
  column: 'sealed_session_key',
  row: id,
  owner: appid,
});

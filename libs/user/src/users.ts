import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Actor, AuditLog } from '#access';
import { type EntityManager, Repository } from 'typeorm';
import { UserNotFound } from './user-errors.js';
import { type Profile, WechatUser } from './wechat-user.entity.js';

/** What was just learnt about a person. What is absent stays as it is known. */
export interface Sighting {
  readonly openid: string;
  readonly unionid?: string | null;
  readonly profile?: Profile;
  readonly follows?: { readonly state: boolean; readonly since: Date | null; readonly asOf: Date };
}

/** Deletes what a room above keeps about a person, in the transaction that erases their record. */
export type Eraser = (transaction: EntityManager, who: { appid: string; openid: string }) => Promise<void>;

@Injectable()
export class Users {
  private readonly erasers: Eraser[] = [];

  constructor(
    @InjectRepository(WechatUser) private readonly rows: Repository<WechatUser>,
    private readonly audit: AuditLog,
  ) {}

  eraseAlso(eraser: Eraser): void {
    this.erasers.push(eraser);
  }

  /** One upsert for any number of people. It creates missing records and adds what was learnt to the others. */
  async see(appid: string, sightings: readonly Sighting[], within: EntityManager = this.rows.manager): Promise<void> {
    if (sightings.length === 0) return;
    await within.query(
      `INSERT INTO wechat_user AS known (appid, openid, unionid, follows, follows_since, follows_as_of, profile, profile_as_of)
       SELECT DISTINCT ON (openid) $1, openid, unionid, follows, since, as_of, profile, CASE WHEN profile IS NOT NULL THEN now() END
         FROM jsonb_to_recordset($2)
           AS seen (openid text, unionid text, follows boolean, since timestamptz, as_of timestamptz, profile jsonb)
        ORDER BY openid
       ON CONFLICT (appid, openid) DO UPDATE
          SET unionid = coalesce(excluded.unionid, known.unionid),
              follows = CASE WHEN ${newer} THEN excluded.follows ELSE known.follows END,
              follows_since = CASE WHEN ${newer} THEN coalesce(excluded.follows_since, known.follows_since) ELSE known.follows_since END,
              follows_as_of = greatest(known.follows_as_of, excluded.follows_as_of),
              profile = coalesce(excluded.profile, known.profile),
              profile_as_of = coalesce(excluded.profile_as_of, known.profile_as_of),
              last_seen_at = now()`,
      [appid, JSON.stringify(sightings.map(record))],
    );
  }

  async get(appid: string, openid: string): Promise<WechatUser> {
    const user = await this.rows.findOneBy({ appid, openid });
    if (!user) throw new UserNotFound(appid);
    return user;
  }

  async find(appid: string, openid: string): Promise<WechatUser | undefined> {
    return (await this.rows.findOneBy({ appid, openid })) ?? undefined;
  }

  /** The same person at every app that shares the open-platform account. */
  async withUnionid(unionid: string): Promise<WechatUser[]> {
    return this.rows.find({ where: { unionid }, order: { appid: 'ASC', openid: 'ASC' } });
  }

  async forget(appid: string, openid: string, transaction: EntityManager): Promise<void> {
    for (const eraser of this.erasers) await eraser(transaction, { appid, openid });
    await transaction.delete(WechatUser, { appid, openid });
  }

  /** Forgets a person at one app, or at all apps with the same unionid. Returns what was erased. */
  async erase(appid: string, openid: string, { everywhere }: { everywhere: boolean }, by: Actor): Promise<WechatUser[]> {
    return this.rows.manager.transaction(async (transaction) => {
      const user = await transaction.findOne(WechatUser, { where: { appid, openid }, lock: { mode: 'pessimistic_write' } });
      if (!user) throw new UserNotFound(appid);
      const all = everywhere && user.unionid !== null ? await transaction.findBy(WechatUser, { unionid: user.unionid }) : [user];
      for (const one of all) await this.forget(one.appid, one.openid, transaction);
      // Without the openid, because what was to be forgotten must not live on in the audit log.
      for (const { appid: subject } of all)
        await this.audit.record(transaction, by, { action: 'user.erase', appid: subject, subject, details: {} });
      return all;
    });
  }
}

const newer = `(excluded.follows IS NOT NULL AND excluded.follows_as_of >= coalesce(known.follows_as_of, '-infinity'))`;

const record = ({ openid, unionid, profile, follows }: Sighting): object => ({
  openid,
  unionid: unionid ?? null,
  profile: profile ?? null,
  follows: follows?.state ?? null,
  since: follows?.since ?? null,
  as_of: follows?.asOf ?? null,
});

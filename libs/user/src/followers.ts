import { Injectable } from '@nestjs/common';
import { Clock } from '#runtime';
import { AccessTokens } from '#token';
import { type PersonFacts, type FollowerPage, type Language, listFollowers, readUser, readUsers } from '#wechat';
import { type Sighting, Users } from './users.js';

/** People as WeChat tells of them now; what it tells is kept as well. */
@Injectable()
export class Followers {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly users: Users,
    private readonly clock: Clock,
  ) {}

  async get(appid: string, openid: string, language: Language): Promise<PersonFacts> {
    const user = await this.tokens.call(readUser, appid, openid, language);
    await this.users.see(appid, [this.sighting(user)]);
    return user;
  }

  async getMany(appid: string, openids: string[], language: Language): Promise<PersonFacts[]> {
    const users = await this.tokens.call(readUsers, appid, openids, language);
    await this.users.see(
      appid,
      users.map((user) => this.sighting(user)),
    );
    return users;
  }

  followers(appid: string, after: string | undefined): Promise<FollowerPage> {
    return this.tokens.call(listFollowers, appid, after);
  }

  private sighting({ openid, unionid, follows }: PersonFacts): Sighting {
    const since = follows ? new Date(follows.since * 1_000) : null;
    return { openid, unionid, follows: { state: follows !== null, since, asOf: this.clock.now() } };
  }
}

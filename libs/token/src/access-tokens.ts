import { Injectable } from '@nestjs/common';
import { accessTokenKind } from './access-token.issuer.js';
import { Credentials, type LivingCredential } from './credentials.js';

/** Access tokens, for every room that calls WeChat and for the services outside. */
@Injectable()
export class AccessTokens {
  constructor(private readonly credentials: Credentials) {}

  /** At once from memory where a living one is held. */
  current(appid: string): LivingCredential | Promise<LivingCredential> {
    return this.credentials.current({ appid, kind: accessTokenKind });
  }

  /** WeChat refused this one: the one to use instead. */
  replace(appid: string, refused: string): Promise<LivingCredential> {
    return this.credentials.replace({ appid, kind: accessTokenKind }, refused);
  }
}

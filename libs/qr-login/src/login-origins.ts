import { Injectable } from '@nestjs/common';
import { ApiKeys } from '#access';
import type { BrowserReply, BrowserRequest } from '#web-auth';
import type { QrLogin } from './qr-login.entity.js';

/** The web pages that may call a login: those that the operator registered for the key that began it. */
@Injectable()
export class LoginOrigins {
  constructor(private readonly keys: ApiKeys) {}

  async of(keyId: string): Promise<readonly string[]> {
    return (await this.keys.living(keyId))?.origins ?? [];
  }

  /** Without credentials, because the poll token is the proof and cookies are not needed. */
  async allow({ keyId }: QrLogin, { headers }: BrowserRequest, reply: BrowserReply): Promise<boolean> {
    reply.header('vary', 'Origin');
    const { origin } = headers;
    if (origin === undefined || !(await this.of(keyId)).includes(origin)) return false;
    reply.header('access-control-allow-origin', origin);
    return true;
  }
}

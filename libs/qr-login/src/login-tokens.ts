import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Vault, isSameText } from '#vault';

type Purpose = 'poll' | 'code' | 'confirm' | 'decision';

/** The secrets of a login, made from its id by a key of the gateway's: nothing of them is stored, and any replica knows them. */
@Injectable()
export class LoginTokens {
  constructor(private readonly vault: Vault) {}

  make(purpose: Purpose, id: string, about = ''): string {
    return `${id}.${this.vault.fingerprint(`qr_login.${purpose}`, `${id} ${about}`).toString('base64url')}`;
  }

  /** The id of the login that a token was made for; nothing when it was not made here, or for something else. */
  read(purpose: Purpose, token: string): string | undefined {
    const id = /^(qrl_[0-9A-Za-z]{22})\.[\w-]{43}$/.exec(token)?.[1];
    return id !== undefined && isSameText(token, this.make(purpose, id)) ? id : undefined;
  }

  isFor(purpose: Purpose, id: string, token: string | undefined, about = ''): boolean {
    return token !== undefined && isSameText(token, this.make(purpose, id, about));
  }
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

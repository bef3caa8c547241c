import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Vault, isSameText } from '#vault';

type Purpose = 'poll' | 'code' | 'confirm' | 'decision';

/** The tokens of a login. Our key derives them from the login's id, so none is stored and every replica knows them. */
@Injectable()
export class LoginTokens {
  constructor(private readonly vault: Vault) {}

  make(purpose: Purpose, id: string, about = ''): string {
    return `${id}.${this.vault.fingerprint(`qr_login.${purpose}`, `${id} ${about}`).toString('base64url')}`;
  }

  /** The id of the login that a token belongs to; undefined if we did not make it for this purpose. */
  read(purpose: Purpose, token: string): string | undefined {
    const id = /^(qrl_[0-9A-Za-z]{22})\.[\w-]{43}$/.exec(token)?.[1];
    return id !== undefined && isSameText(token, this.make(purpose, id)) ? id : undefined;
  }

  isFor(purpose: Purpose, id: string, token: string | undefined, about = ''): boolean {
    return token !== undefined && isSameText(token, this.make(purpose, id, about));
  }
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

import { type Place, Vault } from '#vault';
import type { EntityManager } from 'typeorm';
import type { FormerCallback } from './app.entity.js';

/** What WeChat signs and seals pushes with. */
export interface CallbackSecret {
  readonly token: string;
  readonly encodingAesKey: string | null;
}

const place = (appid: string, column: string): Place => ({ table: 'app', column, row: appid, owner: appid });

/** Sealed again for the other column: a sealed text opens only in its own column. */
export async function sealFormer(
  vault: Vault,
  appid: string,
  { token, encodingAesKey }: CallbackSecret,
  until: Date,
  within: EntityManager,
): Promise<FormerCallback> {
  return {
    sealed_token: await vault.seal(place(appid, 'callback_former.token'), token, within),
    sealed_encoding_aes_key:
      encodingAesKey === null ? null : await vault.seal(place(appid, 'callback_former.encoding_aes_key'), encodingAesKey, within),
    until: until.toISOString(),
  };
}

export async function openFormer(vault: Vault, appid: string, former: FormerCallback): Promise<CallbackSecret> {
  const { sealed_token, sealed_encoding_aes_key } = former;
  return {
    token: await vault.open(place(appid, 'callback_former.token'), sealed_token),
    encodingAesKey:
      sealed_encoding_aes_key === null
        ? null
        : await vault.open(place(appid, 'callback_former.encoding_aes_key'), sealed_encoding_aes_key),
  };
}

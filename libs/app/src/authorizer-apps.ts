import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AccountKind } from './app.entity.js';

export interface AuthorizerDescription {
  readonly appid: string;
  readonly name: string;
  /** The former name of the account. A name that an operator chose stays. */
  readonly formerName: string | null;
  readonly originalId: string | null;
  readonly accountKind: AccountKind;
}

/** The apps that nobody registers: accounts that authorised a platform. Written within the transactions of who knows why. */
@Injectable()
export class AuthorizerApps {
  /** Locks the app's row. An app that an operator registered stays as it is. */
  async appear(transaction: EntityManager, appid: string): Promise<void> {
    await transaction.query(
      `INSERT INTO app (appid, kind, name, token_mode, enabled) VALUES ($1, 'authorizer', $1, 'stable', true)
       ON CONFLICT DO NOTHING`,
      [appid],
    );
    await transaction.query('SELECT FROM app WHERE appid = $1 FOR UPDATE', [appid]);
  }

  async speakThrough(
    transaction: EntityManager,
    { appid, platform, granted }: { appid: string; platform: string; granted: readonly number[] },
  ): Promise<void> {
    await transaction.query(
      `UPDATE app SET platform = $2, granted = $3, updated_at = now()
        WHERE appid = $1 AND kind = 'authorizer' AND (platform, granted) IS DISTINCT FROM ($2, $3::integer[])`,
      [appid, platform, granted],
    );
  }

  /** If another app has the original id, it keeps it. */
  async describe(
    transaction: EntityManager,
    { appid, name, formerName, originalId, accountKind }: AuthorizerDescription,
  ): Promise<void> {
    await transaction.query(
      `UPDATE app SET name = CASE WHEN name IN (appid, $3) THEN $2 ELSE name END, account_kind = $5, updated_at = now(),
              original_id = CASE WHEN EXISTS (SELECT FROM app WHERE original_id = $4) THEN original_id ELSE $4 END
        WHERE appid = $1 AND kind = 'authorizer'
          AND (account_kind IS DISTINCT FROM $5 OR original_id IS DISTINCT FROM $4 OR (name IN (appid, $3) AND name <> $2))`,
      [appid, name, formerName ?? '', originalId, accountKind],
    );
  }
}

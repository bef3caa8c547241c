import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { Vault } from '#vault';
import { LoginTokens } from '../libs/qr-login/src/login-tokens.js';
import { LoginCodeExpired, LoginCodeUsed, LoginRefused } from '../libs/qr-login/src/qr-login-errors.js';
import { QrLogins } from '../libs/qr-login/src/qr-logins.js';
import { TestGateway } from './support/gateway.js';

/** `npm run fuzz` runs the same in full. */
const isFull = process.env.FUZZ === 'full';
const interleavings = isFull ? 20_000 : 500;
const appid = 'wx00000000000000aa';

type Step =
  | { readonly kind: 'scan'; readonly replica: number; readonly person: number; readonly crashes: boolean }
  | { readonly kind: 'decide'; readonly replica: number; readonly person: number; readonly agrees: boolean }
  | { readonly kind: 'redeem'; readonly replica: number; readonly key: number; readonly binding: number }
  | { readonly kind: 'expire' };

const replica = fc.nat(1);
const person = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('scan' as const), replica, person, crashes: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('decide' as const), replica, person, agrees: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('redeem' as const), replica, key: fc.nat(1), binding: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'expire' as const }) },
);
/** Steps in a row, several of which happen at once. */
const interleaving = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

interface History {
  readonly scanned: Set<string>;
  readonly agreed: Set<string>;
  readonly redeemed: string[];
}

describe('However scans, decisions and redemptions fall together', () => {
  it(
    'on two replicas, with crashes and repeats: nobody is logged in who did not scan and agree, and no code works twice',
    async () => {
      const gateway = await TestGateway.start({ env: { DATABASE_POOL_SIZE: '10' } });
      const twin = await gateway.twin();
      const body = { appid, kind: 'official_account', name: 'A', secret: '0'.repeat(32) };
      await gateway.admin('/apps', { method: 'POST', body });
      const replicas = [gateway, twin].map(({ gateway: { app } }) => ({
        logins: app.get(QrLogins),
        database: app.get(DataSource),
      }));
      const tokens = new LoginTokens(gateway.gateway.app.get(Vault));
      let serial = 0;

      await fc.assert(
        fc.asyncProperty(interleaving, fc.constantFrom('page', 'none'), async (turns, confirm) => {
          const id = `qrl_${String(serial++).padStart(22, '0')}`;
          await begin(replicas[0]?.database, id, confirm);
          const history: History = { scanned: new Set(), agreed: new Set(), redeemed: [] };
          for (const turn of turns) await Promise.all(turn.map((one) => take(one, id, history)));

          expect(history.redeemed.length).toBeLessThanOrEqual(1);
          for (const openid of history.redeemed) {
            expect(history.scanned).toContain(openid);
            if (confirm === 'page') expect(history.agreed).toContain(openid);
          }
        }),
        { numRuns: interleavings, seed: 20_261_121 },
      );

      async function take(one: Step, id: string, history: History): Promise<void> {
        if (one.kind === 'expire') {
          await replicas[0]?.database.query("UPDATE qr_login SET expires_at = now() - interval '1 second' WHERE id = $1", [id]);
          return;
        }
        const at = replicas[one.replica];
        if (!at) return;
        if (one.kind === 'scan') await scan(at, one, id, history);
        if (one.kind === 'decide' && (await at.logins.decide(id, `o${one.person}`, one.agrees)) && one.agrees)
          history.agreed.add(`o${one.person}`);
        if (one.kind === 'redeem') {
          const code = tokens.make('code', id);
          const done = await at.logins.redeem(code, `binding-${one.binding}`, `key-${one.key}`).catch((error: unknown) => {
            if ([LoginRefused, LoginCodeUsed, LoginCodeExpired].some((kind) => error instanceof kind)) return undefined;
            throw error;
          });
          if (!done) return;
          // Only for the key and the browser that began it.
          expect([one.key, one.binding]).toEqual([0, 0]);
          history.redeemed.push(done.openid ?? '');
        }
      }
    },
    isFull ? 3_600_000 : 120_000,
  );
});

type At = { readonly logins: QrLogins; readonly database: DataSource };

/** In a transaction, as the handler of the push does it; a crash takes it back, and the push comes again. */
async function scan({ logins, database }: At, one: Step & { kind: 'scan' }, id: string, history: History): Promise<void> {
  const openid = `o${one.person}`;
  await database
    .transaction(async (transaction) => {
      await logins.scan(appid, `scene-${id}`, openid, transaction);
      if (one.crashes) throw new Error('crash');
    })
    .catch((error: Error) => {
      if (error.message !== 'crash') throw error;
    });
  if (!one.crashes) history.scanned.add(openid);
}

const begin = (database: DataSource | undefined, id: string, confirm: string): Promise<unknown> | undefined =>
  database?.query(
    `INSERT INTO qr_login (appid, id, key_id, binding_hash, scene, qr_content, confirm, context, expires_at)
     VALUES ($1, $2, 'key-0', $3, $4, 'content', $5, '{}', now() + interval '1 minute')`,
    [appid, id, 'lFvS_-ziOZbnPbZpUeaUJdR3N4FR6_orA1qOtSLEzPs', `scene-${id}`, confirm],
  );

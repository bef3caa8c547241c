import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { Attempts } from '#web-auth';
import { hashOf } from '../libs/qr-login/src/login-tokens.js';
import { LoginCodeExpired, LoginCodeUsed, LoginRefused } from '../libs/qr-login/src/qr-login-errors.js';
import { QrLogins } from '../libs/qr-login/src/qr-logins.js';
import { TestGateway } from './support/gateway.js';

/** `npm run fuzz` runs the same in full. */
const isFull = process.env.FUZZ === 'full';
const interleavings = isFull ? 20_000 : 500;
/** Each walks through its share, beside the others: most of the time is spent waiting for the database. */
const walkers = 10;
const appid = 'wx00000000000000aa';

type Step =
  | { readonly kind: 'scan'; readonly replica: number; readonly person: number; readonly crashes: boolean }
  | { readonly kind: 'decide'; readonly replica: number; readonly person: number; readonly agrees: boolean }
  | { readonly kind: 'open'; readonly replica: number; readonly browser: number }
  | { readonly kind: 'look'; readonly replica: number; readonly browser: number }
  | { readonly kind: 'redeem'; readonly replica: number; readonly browser: number; readonly key: number }
  | { readonly kind: 'expire' };

const replica = fc.nat(1);
const person = fc.nat(2);
/** Both have the address of the page; each has a session of its own with the site. */
const browser = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('scan' as const), replica, person, crashes: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('decide' as const), replica, person, agrees: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('open' as const), replica, browser }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('look' as const), replica, browser }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('redeem' as const), replica, browser, key: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'expire' as const }) },
);
/** Steps in a row, several of which happen at once. */
const interleaving = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

/** However it went until then, in the end somebody scans and agrees, and both browsers try. */
const both = [0, 1];
const ending: Step[][] = [
  both.map((one) => ({ kind: 'open', replica: one, browser: one })),
  [{ kind: 'scan', replica: 0, person: 0, crashes: false }],
  [{ kind: 'decide', replica: 1, person: 0, agrees: true }],
  both.map((one) => ({ kind: 'look', replica: one, browser: one })),
  both.map((one) => ({ kind: 'redeem', replica: one, browser: one, key: 0 })),
];

interface History {
  readonly ref: { readonly appid: string; readonly id: string };
  readonly scanned: Set<string>;
  readonly agreed: Set<string>;
  readonly redeemed: { readonly openid: string; readonly browser: number }[];
  /** What each browser was given to keep, and what it could see. No browser sees the other's cookie, which no script reads. */
  readonly cookies: (string | undefined)[];
  readonly seen: [Set<string>, Set<string>];
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
        attempts: app.get(Attempts),
        database: app.get(DataSource),
      }));
      let serial = 0;
      let logins = 0;
      let refused = 0;

      const walk = fc.asyncProperty(interleaving, fc.constantFrom('page', 'none'), browser, async (turns, confirm, session) => {
        const ref = { appid, id: String(serial++).padStart(22, '0') };
        const id = `qrl_${ref.id}`;
        await begin(replicas[0]?.database, { ref, id, confirm, session });
        const seen: History['seen'] = [new Set(), new Set()];
        const history: History = { ref, scanned: new Set(), agreed: new Set(), redeemed: [], cookies: [], seen };
        for (const turn of [...turns, ...ending]) await Promise.all(turn.map((one) => take(one, id, history)));

        // The page is one browser's; the other one copies what it likes, and is never shown the code.
        expect(history.cookies.filter((cookie) => cookie !== undefined).length).toBeLessThanOrEqual(1);
        for (const [one, codes] of seen.entries()) if (history.cookies[one] === undefined) expect(codes.size).toBe(0);
        expect(history.redeemed.length).toBeLessThanOrEqual(1);
        for (const { openid, browser: one } of history.redeemed) {
          logins++;
          expect(history.scanned).toContain(openid);
          if (confirm === 'page') expect(history.agreed).toContain(openid);
          // Into the session that the page was begun for, by the browser that showed the code: of nobody else.
          expect(one).toBe(session);
          expect(history.cookies[one]).toBeDefined();
        }
      });
      const share = { numRuns: interleavings / walkers };
      await Promise.all(Array.from({ length: walkers }, (_, one) => fc.assert(walk, { ...share, seed: 20_261_121 + one })));
      // A model in which nobody logs in, or nobody copies, has shown nothing.
      expect(logins).toBeGreaterThan(interleavings / 20);
      expect(refused).toBeGreaterThan(interleavings / 10);

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
        if (one.kind === 'open') {
          const how = { shown: history.cookies[one.browser], seconds: 60 };
          const cookie = await at.attempts.open('login_page', history.ref, how);
          if (cookie === undefined) refused++;
          else history.cookies[one.browser] = cookie;
        }
        if (one.kind === 'look') await look(at, one, id, history);
        if (one.kind === 'redeem')
          for (const code of history.seen[one.browser === 0 ? 0 : 1]) await redeem(at, one, code, history);
      }
    },
    isFull ? 3_600_000 : 120_000,
  );
});

type At = { readonly logins: QrLogins; readonly attempts: Attempts; readonly database: DataSource };

/** As the script of the page asks; the browser that copies tries all that it can see in place of a cookie. */
async function look({ logins, attempts }: At, one: Step & { kind: 'look' }, id: string, history: History): Promise<void> {
  const attempt = await attempts.find('login_page', history.ref);
  const login = await logins.ofPage(appid, history.ref.id);
  if (!attempt || !login) throw new Error('The page is gone');
  const visible = [history.ref.id, id, login.scene, login.qrContent, attempt.cookieHash ?? '', attempt.bindingHash ?? ''];
  const tried = [history.cookies[one.browser], ...visible];
  if (!tried.some((cookie) => attempts.isOwner(attempt, cookie))) return;
  const code = logins.codeOf(login);
  if (code !== undefined) history.seen[one.browser === 0 ? 0 : 1].add(code);
}

/** The browser brings the code to the site, which redeems it for the session that it has with that browser. */
async function redeem(
  { logins }: At,
  { browser, key }: Step & { kind: 'redeem' },
  code: string,
  history: History,
): Promise<void> {
  const done = await logins.redeem(code, `binding-${browser}`, `key-${key}`).catch((error: unknown) => {
    if ([LoginRefused, LoginCodeUsed, LoginCodeExpired].some((kind) => error instanceof kind)) return undefined;
    throw error;
  });
  if (!done) return;
  expect(key).toBe(0);
  history.redeemed.push({ openid: done.openid ?? '', browser });
}

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

interface Begun {
  readonly ref: { readonly appid: string; readonly id: string };
  readonly id: string;
  readonly confirm: string;
  readonly session: number;
}

/** A login page as a service begins it for the session of one of the browsers, and the code that it will show. */
async function begin(database: DataSource | undefined, { ref, id, confirm, session }: Begun): Promise<void> {
  const bindingHash = hashOf(`binding-${session}`);
  await database?.query(
    `WITH attempt AS (
       INSERT INTO browser_attempt (appid, id, kind, key_id, return_to, state, binding_hash, expires_at)
       VALUES ($1, $6, 'login_page', 'key-0', 'https://shop.example.com/', '', $3, now() + interval '1 minute'))
     INSERT INTO qr_login (appid, id, key_id, binding_hash, scene, qr_content, confirm, context, expires_at, attempt_id, round)
     VALUES ($1, $2, 'key-0', $3, $4, 'content', $5, '{}', now() + interval '1 minute', $6, 1)`,
    [appid, id, bindingHash, `scene-${id}`, confirm, ref.id],
  );
}

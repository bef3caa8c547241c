import type { TestDatabase } from './database.js';
import { eventPush, signedPush } from './pusher.js';

/** An app whose pushes come in the clear, and the gateways that take them. */
export interface Scanned {
  readonly appid: string;
  readonly database: Pick<TestDatabase, 'query'>;
  readonly replicas: readonly { readonly url: string }[];
}

/** Logins that wait for a scan, as if their codes had been asked of WeChat. Gives their scenes. */
async function openLogins({ database, appid }: Scanned, count: number): Promise<string[]> {
  const rows = await database.query<{ scene: string }>(
    `INSERT INTO qr_login (appid, id, key_id, binding_hash, scene, qr_content, confirm, context, expires_at)
     SELECT $1, one, 'k', 'b', one, 'c', 'page', '{}', now() + interval '10 minutes'
       FROM (SELECT 'qrl_' || substr(md5(random()::text), 1, 22) AS one FROM generate_series(1, $2)) AS made
     RETURNING scene`,
    [appid, count],
  );
  return rows.map(({ scene }) => scene);
}

/** How many of so many scans, so many at a time, WeChat is answered with the question whether it is them. */
export async function questionsAfter(
  house: Scanned,
  { scans, atOnce, person }: { scans: number; atOnce: number; person?: string },
): Promise<number> {
  const scenes = await openLogins(house, scans);
  let questions = 0;
  let turn = 0;
  const scanner = async (): Promise<void> => {
    for (let scene = scenes.pop(); scene !== undefined; scene = scenes.pop()) {
      const number = turn++;
      const scan = eventPush('SCAN', { EventKey: scene, Ticket: 'gQ' }, person ?? `oPerson${number}`);
      const { query, body } = signedPush(scan, { appid: house.appid });
      const to = house.replicas[number % house.replicas.length]?.url ?? '';
      const answer = await fetch(`${to}/callbacks/${house.appid}?${query}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'text/xml' },
      });
      if ((await answer.text()).includes('/login/confirm/')) questions++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, scanner));
  return questions;
}

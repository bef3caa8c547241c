import { randomBytes } from 'node:crypto';
import { setTimeout as passed } from 'node:timers/promises';
import pg from 'pg';

const atOnce = 32;

/**
 * Many apps with living tokens, written straight into the database, sealed as the gateway seals them: registering ten
 * thousand through the admin API would take longer than the measurement. Each token is then read once, into memory.
 */
export async function appsWithTokens(gateway, count, headers) {
  const envelope = await import('../../dist/libs/vault/src/envelope.js');
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  // Stopped half-way, the database is dropped under this connection.
  client.on('error', () => {});
  await client.connect();
  const rows = Array.from({ length: count }, (_, number) => rowOf(envelope, number, gateway.masterKey));
  const columns = (name) => rows.map((row) => row[name]);
  await client.query(
    `INSERT INTO data_key (owner, id, master_key_id, wrapped_key) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
    [columns('appid'), columns('keyId'), columns('masterKeyId'), columns('wrappedKey')],
  );
  await client.query(
    `INSERT INTO app (appid, kind, name, token_mode, enabled, secret)
     SELECT appid, 'official_account', appid, 'stable', true, '{"sealed":"","fingerprint":"","changed_at":""}' FROM unnest($1::text[]) AS appid`,
    [columns('appid')],
  );
  await client.query(
    `INSERT INTO credential (appid, kind, sealed_value, obtained_at, expires_at, renew_at, fence)
     SELECT appid, 'access_token', sealed, now(), now() + interval '2 hours', now() + interval '115 minutes', 1
       FROM unnest($1::text[], $2::text[]) AS row (appid, sealed)`,
    [columns('appid'), columns('sealedToken')],
  );
  await client.end();

  const paths = rows.map((row) => `/v1/apps/${row.appid}/access-token`);
  for (let first = 0; first < count; first += atOnce) {
    await Promise.all(paths.slice(first, first + atOnce).map((path) => readOnce(gateway, path, headers)));
  }
  return paths;
}

/** 503 passes by itself: on a busy machine the database may let the gateway wait too long. */
async function readOnce(gateway, path, headers) {
  for (const end = Date.now() + 60_000; ; await passed(500)) {
    const { status, text } = await gateway.ask(path, { headers });
    if (status === 200) return;
    if (status !== 503 || Date.now() > end) throw new Error(`A token could not be read: ${status} ${text}`);
  }
}

function rowOf({ close, masterKeyId }, number, masterKey) {
  const appid = `wx${number.toString(16).padStart(16, '0')}`;
  const dataKey = { id: randomBytes(9).toString('hex'), bytes: randomBytes(32) };
  const master = { id: masterKeyId(masterKey), bytes: masterKey };
  const token = Buffer.from(`89_${randomBytes(115).toString('base64url')}`);
  return {
    appid,
    keyId: dataKey.id,
    masterKeyId: master.id,
    wrappedKey: close(master, ['data_key', 'wrapped_key', dataKey.id, appid], dataKey.bytes),
    sealedToken: close(dataKey, ['credential', 'sealed_value', 'access_token', appid], token),
  };
}

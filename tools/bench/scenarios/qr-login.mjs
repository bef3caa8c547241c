import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import pg from 'pg';
import { startGateway } from '../gateway.mjs';

const appid = 'wx3cc8fd6963e31a32';
const token = 'BenchToken';
const crowd = 500;

// Many streams at once are no leak: without this, Node warns of each.
setMaxListeners(0);

let serial = BigInt(Date.now()) * 1_000n;

/** The push of a scan, as WeChat signs it; timed from here. */
async function scan(gateway, scene) {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = String(serial++);
  const signature = createHash('sha1').update([token, timestamp, nonce].sort().join('')).digest('hex');
  const body = `<xml><ToUserName>gh_97417a04a28d</ToUserName><FromUserName>oPerson${nonce}</FromUserName><CreateTime>${timestamp}</CreateTime><MsgType>event</MsgType><Event>SCAN</Event><EventKey>${scene}</EventKey></xml>`;
  const path = `/callbacks/${appid}?signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`;
  const { status, text } = await gateway.ask(path, { method: 'POST', headers: { 'content-type': 'text/xml' }, body });
  if (status !== 200) throw new Error(text);
}

/** A browser that waits; `told` is the moment at which it hears that it is logged in. */
async function wait(gateway, login) {
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${login.poll_token}` };
  const answer = await fetch(`${gateway.url}/v1/qr-logins/${login.id}/stream`, { headers, signal: abort.signal });
  const told = (async () => {
    for await (const part of answer.body) if (Buffer.from(part).includes('"confirmed"')) return performance.now();
    throw new Error('The stream ended');
  })();
  told.catch(() => {});
  return { login, told, stop: () => abort.abort() };
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(0);

/** How long after the scan the browser knows, alone and in a crowd. */
export const scenario = {
  name: 'QR login: from the scan to the browser',
  seconds: { quick: 25, full: 45 },
  async run({ databaseUrl, masterKey, undo, quick }) {
    const { startSimulator } = await import('../../../dist/apps/simulator/src/simulator.js');
    const simulator = await startSimulator();
    undo.push(() => simulator.close());
    const env = { WECHAT_API_URL: simulator.url, QR_LOGINS_PER_MINUTE: '100000' };
    const gateway = await startGateway({ databaseUrl, masterKey, env });
    undo.push(() => gateway.stop());
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => {});
    await client.connect();
    undo.push(() => client.end());
    const { secret } = await (await fetch(`${simulator.url}/_sim/apps/${appid}`)).json();
    await gateway.admin('/apps', { appid, kind: 'official_account', name: 'bench', secret, callback: { token } });
    const { key } = await gateway.admin('/api-keys', { name: 'bench', appids: '*', scopes: ['login'] });

    const begin = async (binding) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ binding, confirm: 'none', ttl_seconds: 600 });
      const { status, text } = await gateway.ask(`/v1/apps/${appid}/qr-logins`, { method: 'POST', headers, body });
      if (status !== 201) throw new Error(text);
      const login = JSON.parse(text);
      const { rows } = await client.query('SELECT scene FROM qr_login WHERE id = $1', [login.id]);
      return { ...login, scene: rows[0].scene };
    };
    const delays = async (streams) => {
      const all = [];
      for (const { login, told } of streams) {
        const began = performance.now();
        await scan(gateway, login.scene);
        all.push((await told) - began);
      }
      return all.sort((one, other) => one - other);
    };

    for (const open of [1, crowd]) {
      const scans = quick ? 10 : 60;
      const streams = [];
      for (let number = 0; number < Math.max(open, 1); number++)
        streams.push(await wait(gateway, await begin(`crowd-${open}-${number}`)));
      const measured = [];
      if (open === 1)
        for (let turn = 0; turn < scans; turn++)
          measured.push(...(await delays([await wait(gateway, await begin(`alone-${turn}`))])));
      else measured.push(...(await delays(streams.slice(0, scans))));
      measured.sort((one, other) => one - other);
      console.log(
        `  with ${String(open).padStart(3)} open streams: p50 ${at(measured, 0.5)} ms, p99 ${at(measured, 0.99)} ms (${measured.length} scans)`,
      );
      for (const { stop } of streams) stop();
    }
  },
};

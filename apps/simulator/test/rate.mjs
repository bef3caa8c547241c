// How many tokens a second one simulator gives out. Not a test: machines differ. `npm run build && node apps/simulator/test/rate.mjs`
import autocannon from 'autocannon';
import { startSimulator } from '../../../dist/apps/simulator/src/simulator.js';

const simulator = await startSimulator();
const [app] = await (await fetch(`${simulator.url}/_sim/apps`)).json();
const stable = { grant_type: 'client_credential', appid: app.appid, secret: app.secret };

for (const path of ['/cgi-bin/token', '/cgi-bin/stable_token']) {
  const body = JSON.stringify({ path, daily: 1e9, per_minute: 1e9 });
  await fetch(`${simulator.url}/_sim/apps/${app.appid}/quota`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body,
  });
}

async function measure(name, options) {
  const { requests, non2xx, errors } = await autocannon({ connections: 20, duration: 5, ...options });
  const refused = (await (await fetch(`${simulator.url}/_sim/counters`)).json()).reduce((sum, { failures }) => sum + failures, 0);
  console.log(`${name}: ${requests.average}/s, ${non2xx + errors + refused} failed`);
}

await measure('stable_token, kept connections', {
  url: `${simulator.url}/cgi-bin/stable_token`,
  method: 'POST',
  body: JSON.stringify(stable),
});
await measure('token, a connection each', {
  url: `${simulator.url}/cgi-bin/token?grant_type=client_credential&appid=${app.appid}&secret=${app.secret}`,
});
await simulator.close();

// How much a request costs here beyond what Node and Fastify cost anyway.
// Every server is a process of its own; rounds alternate between them, so that a slow minute of the machine hits all.
// A scenario is a file in ./scenarios: a request to measure, or a `run` of its own. Each gets a database of its own.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { temporaryServer } from '../database.mjs';
import { startBareServer } from './bare-server.mjs';
import { startGateway } from './gateway.mjs';
import { measure } from './load.mjs';
import { printScenario } from './report.mjs';

const names = readdirSync(new URL('scenarios', import.meta.url)).map((file) => file.replace('.mjs', ''));

const help = `npm run bench [-- [--quick] [--profile=<folder>] [<scenario> …]]

Measures the gateway beside bare servers in the same run, on databases of its own: on the server that DATABASE_URL
names, else on an embedded PostgreSQL. Without a scenario all are measured.

  --quick             fewer and shorter rounds: whether it runs, rather than how fast it is
  --profile=<folder>  the gateway writes a CPU profile there when it stops

Scenarios: ${names.join(', ')}`;

/** What to undo, the latest first, however this ends. */
const undo = [];

async function run({ quick, profileDir, wanted }) {
  const rounds = quick ? 2 : 5;
  const warmUpSeconds = quick ? 1 : 2;
  const scenarios = await Promise.all(wanted.map(async (name) => (await import(`./scenarios/${name}.mjs`)).scenario));
  const measured = scenarios.filter((scenario) => !scenario.run).length;
  const roundSeconds = Math.max(1, Math.min(3, Math.floor((quick ? 8 : 80) / measured / servers / rounds)));
  const secondsOf = ({ seconds, preparationSeconds = 5 }) =>
    seconds ? seconds[quick ? 'quick' : 'full'] : preparationSeconds + servers * (warmUpSeconds + rounds * roundSeconds);

  const total = scenarios.map(secondsOf).reduce((sum, seconds) => sum + seconds, 0);
  const where = process.env.DATABASE_URL ? 'the server of DATABASE_URL' : 'an embedded PostgreSQL';
  console.log(`${scenarios.length} scenarios on ${where}: about ${total} s on an idle machine, after the build if there is none`);

  buildIfNeeded();
  const server = await temporaryServer(process.env.DATABASE_URL);
  undo.push(server.stop);
  const masterKey = randomBytes(32);
  for (const [place, scenario] of scenarios.entries()) {
    console.log(`\n[${place + 1}/${scenarios.length}] ${scenario.name}, about ${secondsOf(scenario)} s`);
    const before = undo.length;
    const database = await server.freshDatabase();
    undo.push(database.drop);
    const means = { databaseUrl: database.url, masterKey, undo, rounds, quick };
    if (scenario.run) await scenario.run(means);
    else await compare(scenario, { ...means, profileDir, roundSeconds, warmUpSeconds });
    while (undo.length > before) await undo.pop()();
  }
}

/** The gateway and the two bare servers. */
const servers = 3;

async function compare(scenario, { databaseUrl, masterKey, undo, profileDir, ...times }) {
  const gateway = await startGateway({ databaseUrl, masterKey, profileDir });
  undo.push(gateway.stop);
  const request = await scenario.prepare(gateway);
  const sample = await gateway.ask(request.paths[0], request);
  if (sample.status >= 300) throw new Error(`${scenario.name} answers ${sample.status}: ${sample.text}`);

  const bare = [];
  for (const kind of ['http', 'fastify']) {
    const server = await startBareServer(kind, sample.text);
    undo.push(server.stop);
    bare.push(server);
  }
  printScenario(await inRounds([gateway, ...bare], request, times));
}

/** By server, its measurement in each round. */
async function inRounds(servers, request, { rounds, roundSeconds, warmUpSeconds }) {
  for (const server of servers) await measure(server, request, warmUpSeconds);
  const results = new Map(servers.map((server) => [server.name, []]));
  for (let round = 0; round < rounds; round++)
    for (const server of rotated(servers, round)) results.get(server.name).push(await measure(server, request, roundSeconds));
  return results;
}

const rotated = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)];

function buildIfNeeded() {
  const script = fileURLToPath(new URL('../build-if-needed.mjs', import.meta.url));
  if (spawnSync(process.execPath, [script], { stdio: 'inherit' }).status !== 0) throw new Error('The build failed');
}

async function undoAll() {
  for (let step = undo.pop(); step; step = undo.pop()) await step().catch((error) => console.error(error.message));
}

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, profile: { type: 'string' }, help: { type: 'boolean' } },
  });
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`No scenario ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  const wanted = names.filter((name) => positionals.length === 0 || positionals.includes(name));
  return { help: values.help, quick: values.quick ?? false, profileDir: values.profile, wanted };
}

/** What fails while everything is being stopped is no news. */
let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    stopping = true;
    void undoAll().then(() => process.exit(1));
  });

let chosen;
try {
  chosen = options();
  if (chosen.help) console.log(help);
  else await run(chosen);
} catch (error) {
  if (!stopping) console.error(chosen ? error : `${error.message}\n\n${help}`);
  process.exitCode = 1;
} finally {
  await undoAll();
}

// How much a request costs here beyond what Node and Fastify cost anyway: `npm run bench [-- --quick] [scenario …]`.
// Every server is a process of its own; rounds alternate between them, so that a slow minute of the machine hits all.
// A scenario is a file in ./scenarios: a request to measure, or a `run` of its own. Needs a build; DATABASE_URL names a server, else an embedded one is started.
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { temporaryDatabase } from './database.mjs';
import { startGateway } from './gateway.mjs';
import { measure } from './load.mjs';
import { startBareServer } from './bare-server.mjs';
import { printScenario } from './report.mjs';

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const quick = process.argv.includes('--quick');
const profileDir = process.argv.find((argument) => argument.startsWith('--profile='))?.slice('--profile='.length);
const budgetSeconds = quick ? 8 : 80;
const rounds = quick ? 2 : 5;
const warmUpSeconds = quick ? 1 : 2;

const masterKey = randomBytes(32);

/** What to undo, the latest first, however this ends. */
const undo = [];

async function run() {
  const scenarios = await chosenScenarios();
  const database = await temporaryDatabase();
  undo.push(() => database.drop());

  for (const scenario of scenarios) {
    if (scenario.run) {
      await scenario.run({ databaseUrl: database.url, masterKey, undo, rounds, quick });
      continue;
    }
    const gateway = await startGateway({ databaseUrl: database.url, masterKey, profileDir });
    undo.push(() => gateway.stop());
    const request = await scenario.prepare(gateway);
    const sample = await gateway.ask(request.paths[0], request);
    if (sample.status >= 300) throw new Error(`${scenario.name} answers ${sample.status}: ${sample.text}`);

    const bare = [];
    for (const kind of ['http', 'fastify']) {
      const server = await startBareServer(kind, sample.text);
      undo.push(() => server.stop());
      bare.push(server);
    }
    const results = await inRounds([gateway, ...bare], request, budgetSeconds / scenarios.length);
    printScenario(scenario, results);
    for (let stopped = 0; stopped <= bare.length; stopped++) await undo.pop()();
  }
}

async function chosenScenarios() {
  const names = readdirSync(new URL('scenarios', import.meta.url)).map((file) => file.replace('.mjs', ''));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`No scenario ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  const chosen = names.filter((name) => wanted.length === 0 || wanted.includes(name));
  return Promise.all(chosen.map(async (name) => (await import(`./scenarios/${name}.mjs`)).scenario));
}

/** By server, its measurement in each round. */
async function inRounds(servers, request, seconds) {
  const roundSeconds = Math.max(1, Math.min(3, Math.floor(seconds / servers.length / rounds)));
  for (const server of servers) await measure(server, request, warmUpSeconds);
  const results = new Map(servers.map((server) => [server.name, []]));
  for (let round = 0; round < rounds; round++)
    for (const server of rotated(servers, round)) results.get(server.name).push(await measure(server, request, roundSeconds));
  return results;
}

const rotated = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)];

async function undoAll() {
  for (let step = undo.pop(); step; step = undo.pop()) await step().catch((error) => console.error(error.message));
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void undoAll().then(() => process.exit(1)));

try {
  await run();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await undoAll();
}

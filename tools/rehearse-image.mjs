// Replays the Dockerfile without Docker: its COPY and RUN lines, stage by stage, each stage in an empty folder, and then
// starts the result as the image would. A file that the image lacks, or a package that was pruned too early, shows here.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryServer } from './database.mjs';
import { ignoredIn, stagesOf } from './dockerfile.mjs';

const help = `npm run image:rehearse

Replays the Dockerfile in empty folders and starts the result: as the image's user if run by root, with the image's ENV
and CMD, on a database of its own. It must become healthy, serve its pages, and end well at SIGTERM. The database lies on
the server that DATABASE_URL or TEST_DATABASE_URL names, else on an embedded one. Packages come from the registry.

It runs with the Node.js that runs this, not with the base image's: a difference between the two does not show.`;

const checkout = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** Files that the gateway reads from its own folder, by the address that serves them. */
const pages = ['/docs', '/widgets/wechat-login.js', '/widgets/wechat-qr-login.js', '/login/login.css', '/platforms/platform.css'];

/** What to undo, the latest first, however this ends. */
const undo = [];

async function rehearse() {
  console.log('Replays the Dockerfile and starts the result: 1 to 3 minutes on an idle machine, most of it npm ci');
  const stages = stagesOf(readFileSync(join(checkout, 'Dockerfile'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'wechat-gateway-image-'));
  chmodSync(folder, 0o711);
  undo.push(async () => rmSync(folder, { recursive: true, force: true }));

  for (const [place, stage] of stages.entries()) {
    stage.root = join(folder, stage.name ?? String(place));
    for (const step of stage.steps) build(step, stage, stages);
  }
  await start(stages.at(-1));
}

/** One line of a stage. Its root stands for `/`. */
function build(step, stage, stages) {
  if (step.name !== 'ENV') console.log(`${stage.name ?? 'final'}: ${step.name} ${step.text}`);
  const inStage = (path) => join(stage.root, resolve(stage.workdir, path));
  if (step.name === 'ENV') Object.assign(stage.env, step.variables);
  if (step.name === 'WORKDIR') {
    stage.workdir = resolve(stage.workdir, step.text);
    mkdirSync(inStage('.'), { recursive: true });
  }
  if (step.name === 'COPY') {
    const from = step.from === undefined ? checkout : stages.find(({ name }) => name === step.from)?.root;
    if (!from) throw new Error(`No stage ${step.from}`);
    for (const source of step.sources) copy(join(from, source), inStage(step.target), step);
  }
  if (step.name === 'RUN') {
    const { status } = spawnSync('sh', ['-c', step.text], {
      cwd: inStage('.'),
      env: { ...ownEnv(), ...stage.env },
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error(`${step.text} ended with ${status}`);
  }
}

/** As Docker does: the content of a folder, or a file under its name if the target is a folder. The context is filtered. */
function copy(source, target, { from, target: written }) {
  const isFolder = statSync(source).isDirectory();
  const isIgnored = from === undefined ? ignoredIn(checkout) : () => false;
  const to = isFolder || !written.endsWith('/') ? target : join(target, basename(source));
  cpSync(source, to, { recursive: true, verbatimSymlinks: true, filter: (path) => !isIgnored(path) });
}

async function start(image) {
  const server = await databaseServer();
  undo.push(server.stop);
  const database = await server.freshDatabase();
  undo.push(database.drop);
  const port = await freePort();
  const given = {
    PORT: port,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: database.url,
    MASTER_KEY: randomBytes(32).toString('base64'),
    ADMIN_TOKEN: randomBytes(32).toString('hex'),
    // Nothing here may reach the real one: this port refuses.
    WECHAT_API_URL: 'http://127.0.0.1:9',
    DRAIN_SECONDS: '0',
  };
  // As the image has it: nothing of this machine but where programs lie.
  const container = {
    cwd: join(image.root, image.workdir),
    env: { PATH: ownEnv().PATH, ...image.env, ...given },
    ...accountOf(image),
  };
  const [program, ...args] = image.command;
  const gateway = spawn(program, args, { ...container, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  gateway.stdout.setEncoding('utf8').on('data', (part) => (output += part));
  const ended = once(gateway, 'close');
  const hasEnded = () => gateway.exitCode !== null || gateway.signalCode !== null;
  undo.push(async () => {
    if (!hasEnded()) gateway.kill('SIGKILL');
    await ended;
  });

  console.log(`final: CMD ${image.command.join(' ')}`);
  await healthy(image.healthcheck, container, hasEnded).catch((error) => {
    throw new Error(`${error.message}\n${output}`);
  });
  for (const page of pages) {
    const { status } = await fetch(`http://127.0.0.1:${port}${page}`);
    if (status !== 200) throw new Error(`${page} is answered ${status}: the image lacks a file`);
  }
  gateway.kill('SIGTERM');
  const [code, signal] = await ended;
  if (code !== 0) throw new Error(`After SIGTERM it ended with ${signal ?? code}\n${output}`);
  console.log('The image would start, become healthy, serve its pages and stop');
}

/** Against a start that hangs; on an idle machine it takes some seconds. */
const healthyWithinSeconds = 180;

async function healthy([program, ...args], container, hasEnded) {
  for (const end = Date.now() + healthyWithinSeconds * 1_000; Date.now() < end; await passed(500)) {
    if (hasEnded()) throw new Error('The gateway ended before it was healthy');
    if (spawnSync(program, args, { ...container, stdio: 'ignore', timeout: 30_000 }).status === 0) return;
  }
  throw new Error(`The HEALTHCHECK did not succeed within ${healthyWithinSeconds} s`);
}

async function databaseServer() {
  const url = process.env.DATABASE_URL ?? process.env.TEST_DATABASE_URL;
  // The embedded one is started by the checkout's own build.
  if (!url && spawnSync(process.execPath, ['tools/build-if-needed.mjs'], { cwd: checkout, stdio: 'inherit' }).status !== 0)
    throw new Error('The build failed');
  return temporaryServer(url);
}

/** Root gives up its rights where the image does; who is not root has none to give up. */
const accountOf = ({ user }) => (user && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {});

/** Ours, without what npm adds for scripts of the checkout: the replay must not find the checkout's programs. */
function ownEnv() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(lifecycle|package|command|config_local_prefix)|NODE_ENV$|INIT_CWD$)/.test(name),
  );
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) };
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return String(port);
}

async function undoAll() {
  for (let step = undo.pop(); step; step = undo.pop()) await step().catch((error) => console.error(error.message));
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void undoAll().then(() => process.exit(1)));

try {
  if (process.argv.includes('--help')) console.log(help);
  else await rehearse();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await undoAll();
}

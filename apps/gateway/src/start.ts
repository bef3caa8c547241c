import 'reflect-metadata';
import { EmbeddedPostgresUnavailable, PoolerRefused, startEmbeddedPostgres } from '#database';
import { type Settings, SettingsRefused } from '#settings';
import { MasterKeyMissing } from '#vault';
import type { Logger } from 'pino';
import { Gateway } from './gateway.js';
import { adminTokenFile, withLocalAdminToken } from './local-credentials.js';
import { flushLog, makeLog } from './log.js';
import { settingsOfThisProcess } from './process-settings.js';
import { startSandbox } from './sandbox.js';
import { SimulatorUnavailable } from './simulator-process.js';

/** What runs beside the gateway in this form. It is stopped after the gateway, in this order. */
type Companion = { stop(): Promise<unknown> };

async function run(given: Settings): Promise<void> {
  const log = makeLog({ level: given.logLevel });
  for (const warning of given.warnings) log.warn(warning);
  const companions: Companion[] = [];
  const stop = async (): Promise<void> => {
    for (const companion of companions.splice(0)) await companion.stop();
  };

  try {
    const settings = given.local ? withLocalAdminToken(given) : given;
    const databaseUrl = settings.databaseUrl ?? (await embeddedDatabase(settings, log, companions));
    const gateway = await Gateway.build({ settings, databaseUrl, log });
    companions.unshift({ stop: () => gateway.close() });
    stopOnSignals(log, stop);
    const url = await gateway.listen();
    await gateway.open();
    log.info({ url, milliseconds: Math.round(performance.now()) }, 'ready');
    // Stopped after the gateway, which may be asking it something.
    if (settings.sandbox) companions.splice(1, 0, await startSandbox(gateway, settings, url));
    else if (settings.local && given.adminToken === undefined) log.info(`The admin token lies in ${adminTokenFile(settings)}`);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

async function embeddedDatabase(settings: Settings, log: Logger, companions: Companion[]): Promise<string> {
  const server = await startEmbeddedPostgres({ dataDir: settings.dataDir, warn: (message) => log.warn(message) });
  companions.push(server);
  return server.url;
}

function end(code: number): never {
  flushLog();
  process.exit(code);
}

const mendable = [SettingsRefused, EmbeddedPostgresUnavailable, PoolerRefused, MasterKeyMissing, SimulatorUnavailable];

/** A start that a signal interrupts fails, which is then no news. */
let stopping = false;

function stopOnSignals(log: Logger, stop: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, 'stopping');
      stop().then(
        () => end(0),
        (error: unknown) => {
          log.fatal({ err: error }, 'Shutdown failed');
          end(1);
        },
      );
    });
}

try {
  await run(settingsOfThisProcess());
} catch (error) {
  if (!stopping) complain(error);
}

/** Reports what an operator can correct in one sentence, and anything else in full. */
function complain(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') console.error(`The address is taken by another program (${message}); PORT and HOST choose another`);
  else if (mendable.some((kind) => error instanceof kind)) console.error(message);
  else makeLog({ level: 'fatal' }).fatal({ err: error }, 'The gateway could not start');
  return end(1);
}

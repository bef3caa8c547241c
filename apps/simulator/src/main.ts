import { readSettings } from './settings.js';
import { startSimulator } from './simulator.js';

const simulator = await startSimulator(readSettings(process.env));

const stop = (): void => void simulator.close().finally(() => process.exit(0));
process.once('SIGINT', stop).once('SIGTERM', stop);

if (process.send) {
  // Forked: the parent wants to know where, and a child must not outlive it.
  process.once('disconnect', stop);
  process.send({ ready: true, url: simulator.url });
} else {
  console.log(`WeChat simulator at ${simulator.url}, its control API at ${simulator.url}/_sim/openapi.json`);
}

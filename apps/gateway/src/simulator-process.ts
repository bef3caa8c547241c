import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface SimulatorProcess {
  readonly url: string;
  stop(): Promise<unknown>;
}

export class SimulatorUnavailable extends Error {}

/** The simulator as a process of its own. When this process ends in any way, it sees the channel close and ends too. */
export async function startSimulatorProcess(port: number): Promise<SimulatorProcess> {
  const script = fileURLToPath(new URL('../../simulator/src/main.js', import.meta.url));
  const child = fork(script, {
    env: { SIMULATOR_HOST: '127.0.0.1', SIMULATOR_PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const ready = once(child, 'message') as Promise<[{ url: string }]>;
  const first = await Promise.race([ready, ended.then(() => undefined)]);
  if (!first)
    throw new SimulatorUnavailable(`The WeChat simulator could not start; is port ${port} taken? SIMULATOR_PORT chooses another`);
  return {
    url: first[0].url,
    stop: () => {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}

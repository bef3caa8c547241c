import { spawn } from 'node:child_process';

/** A Node process of ours. Ended by its own id, and waited for. */
export function startChild(args, { env = {}, ipc = false }) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    // What it logs is written, as in production, and read by nobody.
    stdio: ['ignore', 'ignore', 'inherit', ...(ipc ? ['ipc'] : [])],
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  return {
    child,
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await closed;
    },
  };
}

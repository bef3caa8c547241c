// Commands that a tool runs, each the leader of a process group of its own, so that a signal ends it with all that it started.
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';

const running = new Set();
let stoppedBy;

/** The exit code; that of a signal as a shell counts it. `patient`: it takes what processor time the others leave. `told`: what it sends. */
export function run(command, args, { env = process.env, milliseconds, patient = false, told } = {}) {
  if (stoppedBy) return Promise.resolve(1);
  const stdio = ['ignore', 'inherit', 'inherit', ...(told ? ['ipc'] : [])];
  const child = spawn(command, args, { stdio, env, detached: process.platform !== 'win32' });
  running.add(child);
  if (told) child.on('message', told);
  if (patient && child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const limit = milliseconds && setTimeout(() => end(child), milliseconds);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(limit);
      end(child); // what it left behind in its group
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}

/** Ends what runs at a signal; whoever waits for it goes on, tidies up, and leaves by `exitCode`. */
export function stopAtSignals() {
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ])
    process.on(signal, () => {
      stoppedBy ??= 128 + number;
      for (const child of running) end(child);
    });
}

/** Of a run that was stopped by a signal, or of one that was not. */
export const exitCode = (code) => stoppedBy ?? code;

function end(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

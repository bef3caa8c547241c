// The fuzz tests: the same as in `npm test`, in their full size.
import { spawnSync } from 'node:child_process';

const run = spawnSync('npm', ['run', '--silent', 'jest', '--', '\\.fuzz\\.spec', '--runInBand', ...process.argv.slice(2)], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, FUZZ: 'full' },
});
process.exit(run.status ?? 1);

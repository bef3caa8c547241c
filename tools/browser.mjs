// The tests that drive a real browser: Chromium, at /usr/bin/chromium or where CHROMIUM says.
import { existsSync } from 'node:fs';
import { runJest } from './jest.mjs';

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(chromium)) {
  console.error(`There is no ${chromium}: "apt-get install chromium fonts-noto-cjk", or set CHROMIUM to where one is`);
  process.exit(1);
}
process.exit(await runJest(process.argv.slice(2), { env: { BROWSER: chromium } }));

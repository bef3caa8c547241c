// The long tests: `npm run soak -- <scenario> …` in full size, each within its limit; `npm run soak -- --ci` all of them in small.
// A scenario is a file in test/soak. Its first line says what it proves and how long it may take.
import { readFileSync, readdirSync } from 'node:fs';
import { runJest } from './jest.mjs';

// Ends what hangs. How long they take is for whoever runs them to see: a busy machine must not fail.
const ciMinutes = 30;

const scenarios = readdirSync('test/soak')
  .filter((name) => name.endsWith('.spec.ts'))
  .map((file) => {
    const [line] = readFileSync(`test/soak/${file}`, 'utf8').split('\n', 1);
    const [, proves, minutes, needs] = /^\/\/ Proves: (.+) At most (\d+) minutes\.(?: Needs (.+)\.)?$/.exec(line) ?? [];
    if (!proves) throw new Error(`The first line of test/soak/${file} must be "// Proves: …. At most <n> minutes. [Needs ….]"`);
    return { name: file.replace('.spec.ts', ''), proves, minutes: Number(minutes), needs };
  });

const help = `npm run soak -- [--ci | --help | <scenario> …]

  --ci   every scenario in small size, as .ci/run does, but those that need what a machine may lack
  none   every scenario in full size, one after the other

${scenarios.map(({ name, proves, minutes, needs }) => `  ${name.padEnd(12)} ${proves} (at most ${minutes} min${needs ? `; needs ${needs}` : ''})`).join('\n')}
`;

async function inFull(chosen) {
  for (const { name, minutes } of chosen) {
    console.log(`${name}: at most ${minutes} minutes`);
    const code = await runJest([`test/soak/${name}\\.spec`, '--runInBand'], {
      env: { SOAK: 'full' },
      milliseconds: minutes * 60_000,
    });
    if (code !== 0) return code;
  }
  return 0;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !['--ci', '--help'].includes(name) && !scenarios.some((one) => one.name === name));
if (asked.includes('--help') || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no scenario ${unknown.join(', ')}.\n`);
  console.log(help);
  process.exit(unknown.length > 0 ? 2 : 0);
}
if (asked.includes('--ci')) {
  for (const { name, needs } of scenarios) if (needs) console.log(`npm run soak -- ${name}: not run, it needs ${needs}`);
  const names = scenarios.filter(({ needs }) => !needs).map(({ name }) => name);
  const code = await runJest([`test/soak/(${names.join('|')})\\.spec`], {
    env: { SOAK: 'ci' },
    milliseconds: ciMinutes * 60_000,
  });
  process.exit(code);
}
process.exit(await inFull(scenarios.filter(({ name }) => asked.length === 0 || asked.includes(name))));

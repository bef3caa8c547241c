// `npm test`: the style, the types and the build, then every quick test. Arguments go to Jest.
import { oneThread, runJest } from './jest.mjs';
import { exitCode, run, stopAtSignals } from './testing/children.mjs';

const node = (script, options, ...args) => run(process.execPath, [...oneThread, script, ...args], options);

/** The exit codes of the compiler and of the linter, which are one process. */
function compileAndLint() {
  let linted;
  const compiled = new Promise((resolve) => {
    const told = ({ compiled: isRight }) => resolve(isRight ? 0 : 1);
    linted = node('tools/testing/compile-and-lint.mjs', { told });
    void linted.then(resolve, resolve);
  });
  return { compiled, linted };
}

stopAtSignals();
const { compiled, linted } = compileAndLint();
// The tests leave a tenth of two cores, since they wait for databases and clocks: the style is checked in it.
const [tests, ...styles] = await Promise.all([
  compiled.then((code) => (code === 0 ? runJest(process.argv.slice(2)) : code)),
  linted,
  node('node_modules/prettier/bin/prettier.cjs', { patient: true }, '--check', '--log-level', 'warn', '.'),
]);
const wrongStyle = styles.find((code) => code !== 0) ?? 0;
if (wrongStyle !== 0) console.error('The style is not right; what is wrong stands above, and "npm run lint" says it alone');
process.exit(exitCode(tests || wrongStyle));

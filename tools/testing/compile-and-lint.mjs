// Compiles, tells its parent so, and goes on to lint with what the compiler knows by then: finding out the types of everything
// is most of the work of both.
import { constants, setPriority } from 'node:os';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { markCompiled } from './compile.mjs';

const place = { getCurrentDirectory: ts.sys.getCurrentDirectory, getCanonicalFileName: (path) => path, getNewLine: () => '\n' };
const report = (faults) => process.stderr.write(ts.formatDiagnosticsWithColorAndContext(faults, place));

/** As `tsc -p tsconfig.json` does it. */
function compile() {
  const begun = new Date();
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault) => report([fault]) };
  const { fileNames: rootNames, options, errors } = ts.getParsedCommandLineOfConfigFile('tsconfig.json', {}, host);
  const program = ts.createIncrementalProgram({ rootNames, options, configFileParsingDiagnostics: errors });
  const faults = [
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSemanticDiagnostics(),
  ];
  faults.push(...program.emit().diagnostics);
  if (faults.length === 0) markCompiled(begun);
  else report(faults);
  return { program: program.getProgram(), isRight: faults.length === 0 };
}

async function lint(program) {
  const types = { projectService: false, programs: [program] };
  const eslint = new ESLint({ overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions: types } } });
  const results = await eslint.lintFiles('.');
  process.stderr.write(await (await eslint.loadFormatter('stylish')).format(results));
  return results.every(({ errorCount }) => errorCount === 0);
}

const { program, isRight } = compile();
process.send({ compiled: isRight });
setPriority(constants.priority.PRIORITY_LOW);
process.exitCode = (await lint(program)) ? 0 : 1;
process.disconnect();

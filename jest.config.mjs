// Run by tools/jest.mjs, which brings the database. What takes long, and what needs a browser, are commands of their own.
const isSoak = process.env.SOAK !== undefined;
const isBrowser = process.env.BROWSER !== undefined;
// Where a run of all specs finds those of test/, some of them in one file each: tools/testing/together.mjs.
const together = process.env.TOGETHER;

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/tools/testing/plain-globals.mjs',
  roots: ['apps', 'libs', 'test', ...(together ? [together] : [])].map((folder) => `<rootDir>/${folder}`),
  testRegex: isBrowser ? '\\.browser\\.spec\\.ts$' : '(?<!\\.browser)\\.spec\\.ts$',
  testPathIgnorePatterns: ['/node_modules/', ...(isSoak ? [] : ['/test/soak/']), ...(together ? ['<rootDir>/test/[^/]+$'] : [])],
  ...(together && { testSequencer: '<rootDir>/tools/testing/longest-first.mjs' }),
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
          experimental: { keepImportAttributes: true },
        },
      },
    ],
  },
  moduleNameMapper: {
    '^#migrations$': '<rootDir>/migrations/index.ts',
    '^#([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  setupFiles: ['<rootDir>/test/support/plugin-names.ts'],
  reporters: ['default', '<rootDir>/test/support/closing-line.reporter.mjs'],
  maxWorkers: '100%',
  workerIdleMemoryLimit: '1GB',
  testTimeout: 120_000,
};

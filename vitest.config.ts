import './scripts/needs-node.js';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ShortFilesLast, SlowestFiles } from './test/support/slow-files.ts';

/** Tests that need real services. */
const SERVICES = 'test/**/*.services.test.ts';
/** Tests that start BitQL's own programs. */
const PROGRAMS = ['test/{bench,cli,e2e}/**/*.test.ts', 'test/**/*.programs.test.ts'];
const ALL = 'test/**/*.test.ts';

/** Where .ci/run wants a report of all tests as JSON. */
const report = process.env.BITQL_TEST_REPORT;

/** `npm run test:long`: of each kind the files whose amounts have a long variant, which are those that import `amount`. */
const isLong = process.env.BITQL_LONG === '1';
const included = (...patterns: string[]) =>
  isLong
    ? fs.globSync(patterns).filter((file) => fs.readFileSync(file, 'utf8').includes('support/amount.ts'))
    : patterns;

export default defineConfig({
  // Node takes the CommonJS build for everybody; Vite would take the other one for us, and GraphQL refuses to be there twice.
  resolve: { alias: [{ find: /^graphql$/, replacement: import.meta.resolve('graphql') }] },
  test: {
    // More than the cores of a small machine: half of the time, tests wait for programs.
    maxWorkers: 3,
    sequence: { sequencer: ShortFilesLast },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }], new SlowestFiles()],
    // Only to end what hangs: under the load of a whole run, tests take several times as long as alone.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // The tests start hundreds of programs, which are compiled once.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: included(ALL),
          exclude: [...PROGRAMS, SERVICES],
          // These files change nothing outside of themselves, and loading all modules for each takes as long as the tests.
          isolate: false,
          restoreMocks: true,
          provide: { mayUseServices: false },
        },
      },
      {
        extends: true,
        test: {
          name: 'programs',
          include: included(...PROGRAMS),
          exclude: [SERVICES],
          provide: { mayUseServices: false },
        },
      },
      {
        extends: true,
        test: {
          name: 'services',
          include: included(SERVICES),
          globalSetup: 'test/services/shared-kubernetes-setup.ts',
          provide: { mayUseServices: true },
        },
      },
    ],
  },
});

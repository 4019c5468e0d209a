import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTypeDefs } from '../src/gateway/graphql/type-defs.ts';

/**
 * Compiles the program to JavaScript in `dist/` for the package: Node does not strip types below `node_modules`.
 * A checkout needs no build. The schema is added as one file, for tools that generate types for clients.
 */
const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

rmSync(DIST, { recursive: true, force: true });
execFileSync('tsc', ['--project', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` },
});
writeFileSync(join(DIST, 'schema.graphql'), readTypeDefs());

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Turns the optional peer dependencies in package.json into dependencies: the container image has every role, so it must
 * keep them when development dependencies are pruned.
 */
const FILE = join(import.meta.dirname, '../package.json');
const { peerDependencies, peerDependenciesMeta, devDependencies, ...manifest } = JSON.parse(readFileSync(FILE, 'utf8'));
const others = Object.entries(devDependencies).filter(([name]) => !(name in peerDependencies));
const dependencies = { ...manifest.dependencies, ...peerDependencies };
writeFileSync(
  FILE,
  JSON.stringify({ ...manifest, dependencies, devDependencies: Object.fromEntries(others) }, null, 2),
);

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Makes `assets/`: third-party files that BitQL ships, copied from their packages. So the playground needs no other
 * server, and the demo no node.
 */
const ROOT = join(import.meta.dirname, '..');
const ASSETS = join(ROOT, 'assets');

const GRAPHIQL_FILES = [
  'graphiql/graphiql.min.js',
  'graphiql/graphiql.min.css',
  'react/umd/react.production.min.js',
  'react-dom/umd/react-dom.production.min.js',
];
const LICENCES = ['graphiql', 'react', 'react-dom'];

/** Mainnet block 357238 as a JSON text of hexadecimal digits. */
const BLOCK_SOURCE = 'bitcore-lib/benchmark/block-357238.json';
const BLOCK_FILE = 'mainnet-357238.block';

function packageFile(path: string): string {
  return join(ROOT, 'node_modules', path);
}

function makeGraphiql(): void {
  const folder = join(ASSETS, 'graphiql');
  mkdirSync(folder, { recursive: true });
  for (const file of GRAPHIQL_FILES) copyFileSync(packageFile(file), join(folder, basename(file)));
  for (const name of LICENCES) copyFileSync(packageFile(`${name}/LICENSE`), join(folder, `${name}.LICENSE`));
}

function makeBlock(): void {
  const hex = JSON.parse(readFileSync(packageFile(BLOCK_SOURCE), 'utf8')) as string;
  writeFileSync(join(ASSETS, BLOCK_FILE), Buffer.from(hex, 'hex'));
}

rmSync(ASSETS, { recursive: true, force: true });
makeGraphiql();
makeBlock();

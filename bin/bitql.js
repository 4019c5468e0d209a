#!/usr/bin/env node
// Plain JavaScript, which an old Node can read too, so that it can say what to do.
import { existsSync } from 'node:fs';
import { isNodeTooOld, NEEDED_NODE } from './node-version.js';

const SOURCE = new URL('../cli/main.ts', import.meta.url);
/** A checkout runs from its source, and has its own Node; a package has only the compiled code. */
const isCheckout = existsSync(SOURCE);

/**
 * Settings that must be given before a process starts. Indexing creates and drops rows by the million: a larger nursery would only
 * hold more garbage. A gateway answers many requests at once: in a small nursery, their data would be copied again and again. Some
 * releases of Node 24 warn of features that BitQL is tested with.
 */
const NURSERY_MIB = process.argv[2] === 'serve' ? 32 : 8;
/** An operator is idle most of the time: its garbage should be collected before it exceeds the data that it keeps. */
const GROWTH = process.argv[2] === 'operator' ? ['--heap-growing-percent=30'] : [];
const FLAGS = [`--max-semi-space-size=${NURSERY_MIB}`, '--disable-warning=ExperimentalWarning', ...GROWTH];
/** The C library would keep freed memory in fragments: 85 MiB for a block of 1 GiB. */
const ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };

/** Restarts this process with these settings, under the same process id; on Windows it continues without them. */
function prepare() {
  if (process.execArgv.includes(FLAGS[0]) || process.platform === 'win32') return;
  const args = [process.execPath, ...process.execArgv, ...FLAGS, ...process.argv.slice(1)];
  process.execve(process.execPath, args, { ...ENVIRONMENT, ...process.env });
}

async function start(args) {
  const { main } = await import(isCheckout ? SOURCE : new URL('../dist/cli/main.js', import.meta.url));
  process.exitCode = await main(args, process.env);
}

if (isNodeTooOld()) {
  const start = isCheckout ? 'npm run bitql --' : `npx -p node@${NEEDED_NODE} -p bitql bitql`;
  const command = [start, ...process.argv.slice(2)].join(' ');
  console.error(
    `BitQL needs Node.js ${NEEDED_NODE} or newer, and this is ${process.versions.node}: start it with ${command}`,
  );
  process.exitCode = 1;
} else {
  prepare();
  start(process.argv.slice(2));
}

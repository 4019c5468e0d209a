#!/usr/bin/env node
// Plain JavaScript that an old Node reads too, so that it can say what to do.
import { existsSync } from 'node:fs';
import { isNodeTooOld, NEEDED_NODE } from './node-version.js';

const SOURCE = new URL('../cli/main.ts', import.meta.url);
/** A checkout runs from its source, and has a Node of its own; a package holds the compiled code alone. */
const isCheckout = existsSync(SOURCE);

/**
 * What can only be said before a process begins. While indexing, rows come and go by the million: a larger nursery would only hold
 * more of those that are gone. A gateway answers many requests at once: what they hold meanwhile would be copied again and again
 * in a small one. Some releases of Node 24 warn of features that BitQL is tested with.
 */
const NURSERY_MIB = process.argv[2] === 'serve' ? 32 : 8;
/** An operator is idle most of the time: what it lets go of is to be collected before it is more than what it keeps. */
const GROWTH = process.argv[2] === 'operator' ? ['--heap-growing-percent=30'] : [];
const FLAGS = [`--max-semi-space-size=${NURSERY_MIB}`, '--disable-warning=ExperimentalWarning', ...GROWTH];
/** The C library would keep freed memory for later, in pieces that fit less and less: 85 MiB of them for a block of 1 GiB. */
const ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };

/** Makes this process begin anew with them, under the same id; on Windows it goes on without. */
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
  console.error(`BitQL needs Node.js ${NEEDED_NODE} or newer; this is ${process.versions.node}.`);
  const start = isCheckout ? 'npm run bitql --' : `npx -p node@${NEEDED_NODE} -p bitql bitql`;
  console.error(`Without installing it:  ${start} ${process.argv.slice(2).join(' ')}`);
  process.exitCode = 1;
} else {
  prepare();
  start(process.argv.slice(2));
}

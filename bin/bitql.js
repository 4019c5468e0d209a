#!/usr/bin/env node
// Plain JavaScript that an old Node reads too, so that it can say what to do.
import { existsSync } from 'node:fs';

const NEEDED = 24;
const SOURCE = new URL('../src/cli/main.ts', import.meta.url);
/** A checkout runs from its source, and has a Node of its own; a package holds the compiled code alone. */
const isCheckout = existsSync(SOURCE);

/** Early releases of Node 24 warn of features that BitQL is tested with; every other warning is shown. */
function quietExperimentalWarnings() {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning') return;
    for (const listener of listeners) listener.call(process, warning);
  });
}

async function start(args) {
  const { main } = await import(isCheckout ? SOURCE : new URL('../dist/src/cli/main.js', import.meta.url));
  process.exitCode = await main(args, process.env);
}

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error(`BitQL needs Node.js ${NEEDED} or newer; this is ${process.versions.node}.`);
  const start = isCheckout ? 'npm run bitql --' : `npx -p node@${NEEDED} -p bitql bitql`;
  console.error(`Without installing it:  ${start} ${process.argv.slice(2).join(' ')}`);
  process.exitCode = 1;
} else {
  quietExperimentalWarnings();
  start(process.argv.slice(2));
}

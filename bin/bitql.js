#!/usr/bin/env node
// Plain JavaScript that any Node reads, so that an old one can say what to do.
import { existsSync } from 'node:fs';

var NEEDED = 24;

function isExperimental(warning) {
  return warning.name === 'ExperimentalWarning';
}

/** Early releases of Node 24 warn of features that BitQL is tested with; every other warning is shown. */
function quietExperimental() {
  var listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', function (warning) {
    if (isExperimental(warning)) return;
    listeners.forEach(function (listener) {
      listener.call(process, warning);
    });
  });
}

async function start() {
  // A package holds compiled code; a checkout runs from its source.
  var compiled = new URL('../dist/src/cli/main.js', import.meta.url);
  var source = new URL('../src/cli/main.ts', import.meta.url);
  var program = await import(existsSync(source) ? source : compiled);
  process.exitCode = await program.main(process.argv.slice(2), process.env);
}

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error('BitQL needs Node.js ' + NEEDED + ' or newer; this is ' + process.versions.node + '.');
  console.error('Without installing one:  npx -p node@' + NEEDED + ' -p bitql bitql ' + process.argv.slice(2).join(' '));
  process.exitCode = 1;
} else {
  quietExperimental();
  await start();
}

// Loaded before programs that need a newer Node: `node --import ./scripts/needs-node.js FILE.ts`, and by vitest.config.ts. It is
// plain JavaScript, because an old Node cannot read TypeScript.
import { isNodeTooOld, NEEDED_NODE } from '../bin/node-version.js';

if (isNodeTooOld()) {
  console.error(
    `BitQL needs Node.js ${NEEDED_NODE} or newer, and this is ${process.versions.node}: npm ci installs it here, for npm run and npx.`,
  );
  process.exit(1);
}

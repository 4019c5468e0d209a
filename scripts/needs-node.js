// Loaded before what runs on a newer Node alone: `node --import ./scripts/needs-node.js FILE.ts`, and vitest.config.ts. It is plain
// JavaScript, since an old Node reads no TypeScript.
import { isNodeTooOld, NEEDED_NODE } from '../bin/node-version.js';

if (isNodeTooOld()) {
  console.error(
    `BitQL needs Node.js ${NEEDED_NODE} or newer, and this is ${process.versions.node}: npm ci installs it here, for npm run and npx.`,
  );
  process.exit(1);
}

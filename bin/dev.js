// `bitql/dev`, in plain JavaScript that an old Node reads too, so that it can say what to do.
import { isNodeTooOld, NEEDED_NODE } from './node-version.js';

if (isNodeTooOld()) {
  const command = `npx -p node@${NEEDED_NODE} -- npm test`;
  throw new Error(
    `bitql/dev needs Node.js ${NEEDED_NODE} or newer; this is ${process.versions.node}. Without installing it: ${command}`,
  );
}

export const { DevChain, startDev } = await import('../dist/dev/index.js');

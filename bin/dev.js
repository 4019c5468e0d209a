// `bitql/dev`, in plain JavaScript, which an old Node can read too, so that it can say what to do.
import { isNodeTooOld, NEEDED_NODE } from './node-version.js';

if (isNodeTooOld()) {
  const command = `npx -p node@${NEEDED_NODE} -- npm test`;
  throw new Error(
    `bitql/dev needs Node.js ${NEEDED_NODE} or newer, and this is ${process.versions.node}: start it with ${command}`,
  );
}

export const { DevChain, startDev } = await import('../dist/dev/index.js');

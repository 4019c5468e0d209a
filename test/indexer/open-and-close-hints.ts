import { LiveNode } from '../../indexer/node/live-node.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';

/**
 * A process that listens to a node, and ends when it stops listening: `node open-and-close-hints.ts URL [ZMQ
 * ADDRESS]...`
 */

const [url, ...zmq] = process.argv.slice(2);
const hints = await new LiveNode(parseNodeAddress(url!), zmq.length === 0 ? null : zmq).openHints();
// At an address without a publisher there is nothing to receive.
await hints!.next(zmq.length === 0 ? 10_000 : 100, new AbortController().signal);
hints!.close();
console.log('closed');

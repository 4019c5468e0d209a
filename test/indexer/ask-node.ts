import { LiveNode } from '../../indexer/node/live-node.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';

const [url, hash = ''] = process.argv.slice(2);
const node = new LiveNode(parseNodeAddress(url!));

/** Everything that the indexer requests from a node. */
const QUESTIONS: Readonly<Record<string, () => Promise<unknown>>> = {
  info: () => node.info(),
  blockHash: () => node.blockHash(1),
  header: () => node.header(hash),
  headers: () => node.headers(0, 2_000),
  transactionCount: () => node.transactionCount(hash),
  block: async () => read((await node.block(hash)).chunks),
  spentOutputs: async () => read((await node.spentOutputs(hash)) ?? []),
  mempool: () => node.mempool(),
  mempoolTransactions: () =>
    node.mempoolTransactions(Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(64, '0'))),
  unspentOutputs: () => node.unspentOutputs(Array.from({ length: 20 }, (_, index) => ({ txid: hash, index }))),
  chainTips: () => node.chainTips(),
  isMempoolFull: () => node.isMempoolFull(),
  openHints: () => node.openHints(),
};

async function read(items: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const failures: { question: string; code: string }[] = [];
for (const [question, ask] of Object.entries(QUESTIONS)) {
  const code = await ask().then(
    () => 'none',
    (error) => error.code,
  );
  failures.push({ question, code });
}
process.stdout.write(JSON.stringify({ failures, peakMiB: process.resourceUsage().maxRSS / 1024 }));
process.exit();

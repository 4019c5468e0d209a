import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { freePort } from '../dev/free-port.ts';
import { startRegtest } from '../dev/regtest.ts';
import { locateServices, SERVICES } from '../test/services/locate.ts';
import { type Home, mongoHome, sqliteHome } from '../test/support/indexer-process.ts';
import { type FanOutOptions, fanOutTransactions, measureFanOut } from './live/fan-out.ts';
import { type LatencyOptions, latencyTransactions, measureLatency } from './live/latency.ts';
import { type Figures, figuresOf, printFigures } from './live/report.ts';
import { Sender } from './live/sender.ts';
import { NodePublications } from './live/sightings.ts';
import { Site } from './live/site.ts';
import { Interruption } from './processes.ts';

export const OPTIONS = {
  store: { type: 'string', default: 'sqlite,mongodb' },
  /** Part 1: transactions at random intervals, transactions after seconds of quiet, and blocks. */
  transactions: { type: 'string', default: '300' },
  quiet: { type: 'string', default: '8' },
  blocks: { type: 'string', default: '10' },
  /** The transactions of each large block. */
  large: { type: 'string', default: '3000' },
  /** Mean of the random intervals, in milliseconds; half of it in part 2. */
  mean: { type: 'string', default: '150' },
  /** Part 2: subscribers of each gateway, subscribers of each connection, and transactions of each sort. */
  subscribers: { type: 'string', default: '100,1000,10000' },
  'per-connection': { type: 'string', default: '100' },
  events: { type: 'string', default: '100' },
} as const;

/** The number of measured round trips of the store alone. */
const FLOOR_SAMPLES = 200;

type Plan = Pick<LatencyOptions, 'transactions' | 'afterQuiet' | 'blocks' | 'large' | 'meanMs'> & {
  readonly fanOut: Pick<FanOutOptions, 'sizes' | 'perConnection' | 'transactions'>;
};

/**
 * The time from `sendrawtransaction` to a subscriber, through a real node, an indexer and a gateway in processes of their
 * own; and to ten of many subscribers, by their number.
 */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const { bitcoind, mongodbUri } = await locateServices();
  if (bitcoind === undefined) throw new Error(`There is no bitcoind to measure: ${SERVICES.bitcoind.install}`);
  const homes = homesOf(values.store.split(','), mongodbUri);
  const plan: Plan = {
    transactions: Number(values.transactions),
    afterQuiet: Number(values.quiet),
    blocks: Number(values.blocks),
    large: Number(values.large),
    meanMs: Number(values.mean),
    fanOut: {
      sizes: values.subscribers.split(',').map(Number),
      perConnection: Number(values['per-connection']),
      transactions: Number(values.events),
    },
  };
  using interruption = new Interruption();
  await using resources = new AsyncDisposableStack();
  const results = await Promise.race([interruption.comes, measureStores(homes, bitcoind, plan, resources)]);
  printFigures(results);
  console.log(JSON.stringify({ bench: 'live', cores: availableParallelism(), results }));
}

/** Measures each store with the same node, one after the other. @param resources receives everything that must be ended in any case */
async function measureStores(
  homes: Readonly<Record<string, () => Home>>,
  bitcoind: string,
  plan: Plan,
  resources: AsyncDisposableStack,
): Promise<Record<string, Figures>> {
  const address = `tcp://127.0.0.1:${await freePort()}`;
  // A block publishes all its transactions at once, and a node drops what is above its mark, which is 1,000 messages by default.
  const args = ['rawtx', 'hashblock', 'sequence'].flatMap((topic) => [
    `-zmqpub${topic}=${address}`,
    `-zmqpub${topic}hwm=20000`,
  ]);
  const node = resources.use(await startRegtest({ bitcoind, args }));
  const publications = resources.use(new NodePublications(address));
  const count = latencyTransactions(plan) + fanOutTransactions(plan.fanOut);
  const sender = await Sender.begin(node, count * Object.keys(homes).length);
  const results: Record<string, Figures> = {};
  for (const [store, home] of Object.entries(homes)) {
    console.error(`measuring ${store}`);
    const own = resources.use(new AsyncDisposableStack());
    results[store] = await measureStore(home, plan, { sender, publications }, own);
    await own.disposeAsync();
  }
  return results;
}

async function measureStore(
  newHome: () => Home,
  plan: Plan,
  chain: Pick<LatencyOptions, 'sender' | 'publications'>,
  resources: AsyncDisposableStack,
): Promise<Figures> {
  const floor = await storeFloor(resources.use(newHome()), FLOOR_SAMPLES);
  const site = resources.use(await Site.open(resources.use(newHome()), chain.sender.node));
  const gateway = await site.serve();
  const latencies = await measureLatency({ ...chain, ...plan, url: gateway.url });
  await gateway.stop();
  const told = await measureFanOut({ ...plan.fanOut, site, sender: chain.sender, meanMs: plan.meanMs / 2 });
  return figuresOf({ floor, latencies, sizes: plan.fanOut.sizes, told });
}

/** The requested stores that are available. */
function homesOf(stores: readonly string[], mongodbUri: string | undefined): Record<string, () => Home> {
  const homes: Record<string, () => Home> = {};
  if (stores.includes('sqlite')) homes.sqlite = sqliteHome;
  if (stores.includes('mongodb')) {
    if (mongodbUri === undefined) console.error(`There is no MongoDB API to measure: ${SERVICES.mongodb.install}`);
    else homes.mongodb = () => mongoHome(mongodbUri);
  }
  return homes;
}

/** About the length of the state of an index. */
const STATE_BYTES = 600;
const WARM_UP = 20;

/** The lower bound of the latency through a store: one connection writes durably, then another one reads. In milliseconds. */
async function storeFloor(home: Home, count: number): Promise<number[]> {
  const [writer, reader] = await Promise.all([home.open(), home.open()]);
  const state = new Uint8Array(STATE_BYTES);
  const durations: number[] = [];
  try {
    for (let revision = 0; revision < WARM_UP + count; revision++) {
      const start = performance.now();
      await writer.compareAndSetState(revision, state);
      await reader.readState();
      if (revision >= WARM_UP) durations.push(performance.now() - start);
    }
    return durations;
  } finally {
    await Promise.all([writer.close(), reader.close()]);
  }
}

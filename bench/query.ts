import { parseArgs } from 'node:util';
import { locateServices, SERVICES } from '../test/services/locate.ts';
import { mongoHome, sqliteHome } from '../test/support/indexer-process.ts';
import { measureBesideNode, type NodeFigures, printNodeFigures } from './query/beside-node.ts';
import { type BusyChain, busyChain } from './query/busy-chain.ts';
import { type BusyIndex, mongoIndex, sqliteIndex } from './query/busy-index.ts';
import { type Measurement, Meter } from './query/measure.ts';
import { questionsAbout } from './query/questions.ts';
import { figuresOf, printFigures } from './query/report.ts';

export const OPTIONS = {
  /** sqlite or mongodb. */
  store: { type: 'string', default: 'sqlite' },
  /** Of the chain; a fifth of them pay one address. By default a million, and with MongoDB 100,000. */
  transactions: { type: 'string' },
  /** The SQLite file of the index, which is made if it is not there; by default one beside the chain. */
  file: { type: 'string' },
  /** The folder that chains are kept in; by default that of BITQL_BENCH_CACHE, or a temporary one. */
  cache: { type: 'string' },
  /** A regular expression that the names of questions match. */
  only: { type: 'string', default: '' },
  /** The most requests for each question, and the most seconds. */
  requests: { type: 'string', default: '300' },
  seconds: { type: 'string', default: '10' },
  /** How many transactions are asked of a bitcoind as well, with all their fields; 0 for no bitcoind. */
  'node-transactions': { type: 'string', default: '2000' },
} as const;

/** Of each round under load. */
const NODE_SECONDS = 3;

const TRANSACTIONS = { sqlite: 1_000_000, mongodb: 100_000 } as const;

/**
 * How long questions take, and how many rows of the store are read for one that is returned, by what is asked: single
 * transactions, addresses with few and many of them, data, conditions combined, balances, and what no index answers. Then single
 * transactions with all their fields, beside what a bitcoind takes for them.
 */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const store = values.store === 'mongodb' ? 'mongodb' : 'sqlite';
  const chain = busyChain(Number(values.transactions ?? TRANSACTIONS[store]), values.cache ?? null);
  await using index = await indexOf(chain, store, values.file);
  const meter = new Meter(index.store, { requests: Number(values.requests), seconds: Number(values.seconds) });
  const pattern = new RegExp(values.only, 'i');
  const measurements: Measurement[] = [];
  for (const question of questionsAbout(chain).filter(({ name }) => pattern.test(name))) {
    console.error(question.name);
    measurements.push(await meter.measure(question));
  }
  const figures = figuresOf(measurements);
  printFigures(figures);
  const besideNode = await nodeFigures(store, Number(values['node-transactions']));
  const results = { ...figures, ...(besideNode === null ? {} : { beside_node: besideNode }) };
  console.log(JSON.stringify({ bench: 'query', store, transactions: chain.transactions, results }));
}

/** Null if none are wanted, or there is no bitcoind. */
async function nodeFigures(store: 'sqlite' | 'mongodb', transactions: number): Promise<NodeFigures | null> {
  if (transactions === 0) return null;
  const { bitcoind, mongodbUri } = await locateServices();
  if (bitcoind === undefined) {
    console.error(`There is no bitcoind to compare with: ${SERVICES.bitcoind.install}`);
    return null;
  }
  console.error('the same of bitcoind');
  const newHome = () => (store === 'mongodb' ? mongoHome(mongodbUri!) : sqliteHome());
  const figures = await measureBesideNode({ bitcoind, newHome, transactions, seconds: NODE_SECONDS });
  printNodeFigures(figures);
  return figures;
}

function indexOf(chain: BusyChain, store: 'sqlite' | 'mongodb', file: string | undefined): Promise<BusyIndex> {
  return store === 'mongodb' ? mongoIndex(chain) : sqliteIndex(chain, file ?? `${chain.folder}.db`);
}

import { networkById } from '../../src/chain/networks.ts';
import { BlockFileWriter } from './block-file-writer.ts';
import { type ChainFiles, type ChainTotals, cachedChain } from './chain-files.ts';
import { progressOf } from './progress.ts';
import type { Random, Range } from './random.ts';
import { SyntheticChain } from './synthetic-chain.ts';

const NETWORK = 'btc-regtest';
/** Transactions of a block, including the coinbase. */
const BLOCK_SIZES: readonly Range[] = [
  [0.02, 1, 1],
  [0.93, 800, 3_100],
  [0.05, 4_000, 4_000],
];
/** The first blocks that can hold more than a coinbase grow by this, while there is little to spend. */
const GROWTH = 200;

/**
 * The block files of a chain on BTC's regtest, made once: always the same for the same number of transactions, and similar to
 * today's main chain. Above the genesis block, 100 blocks hold only their coinbase.
 * @param options.transactions how many the chain has, including coinbases
 * @param options.folder the cache; by default that of BITQL_BENCH_CACHE, or a temporary one
 */
export async function chainFiles(options: { transactions: number; folder?: string }): Promise<ChainFiles> {
  const { transactions, folder = null } = options;
  return cachedChain(`${NETWORK}-${transactions}`, folder, NETWORK, (into) => makeChain(into, transactions));
}

function makeChain(folder: string, transactions: number): ChainTotals {
  const network = networkById(NETWORK);
  const chain = new SyntheticChain(network, 'make-chain');
  const progress = progressOf(`chain of ${transactions} transactions`, transactions);
  using files = new BlockFileWriter(folder, network.magic);
  while (chain.totals.transactions < transactions) {
    const left = transactions - chain.totals.transactions;
    const mature = chain.height - network.coinbaseMaturity;
    files.append(chain.block(mature <= 0 ? 1 : Math.min(left, blockSize(chain.random, mature))));
    progress(chain.totals.transactions);
  }
  return chain.totals;
}

/** @param mature how many coinbases have become spendable so far */
function blockSize(random: Random, mature: number): number {
  return Math.min(random.among(BLOCK_SIZES), GROWTH * mature);
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MiningOrders } from '../src/mempool/mining-orders.ts';
import { ChainReader } from '../src/query/reader.ts';
import { SharedStore } from '../src/query/shared-store.ts';
import type { ReadStore } from '../src/store/store.ts';
import { idOf, type MadeTransaction, MovingChain } from '../test/support/moving-chain.ts';
import { p2pkhScript } from '../test/support/synthetic-chain.ts';
import { Random } from './chain/random.ts';

const MIB = 1024 * 1024;
/** Transactions of one commit. */
const AT_ONCE = 2_000;
/** Transactions that arrive and leave between two requests. */
const CHANGES = 10;
const REQUESTS = 20;
/** The share of transactions that spend from a pending one. */
const SHARE_OF_CHILDREN = 0.25;

interface Figures {
  /** From nothing to the first order. */
  readonly load_ms: number;
  /** The longest time in which the process did nothing else, meanwhile. */
  readonly longest_turn_ms: number;
  /** The next order, after some transactions have come and gone; median. */
  readonly next_ms: number;
  /** All projected blocks of an order. */
  readonly blocks_ms: number;
  readonly blocks: number;
  readonly heap_mib: number;
}

export const OPTIONS = {
  transactions: { type: 'string', default: '10000,100000' },
} as const;

/** Puts mempools of different sizes in the order in which they would be mined, as a gateway does, from SQLite. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const results: Record<string, Figures> = {};
  for (const count of values.transactions.split(',').map(Number)) results[count] = await measure(count);
  console.table(results);
  console.log(JSON.stringify({ bench: 'mempool', results }));
}

async function measure(count: number): Promise<Figures> {
  const chain = await MovingChain.create([{ value: 50_000, script: p2pkhScript(1) }]);
  try {
    const crowd = new Crowd(chain);
    for (let done = 0; done < count; done += AT_ONCE)
      await chain.commit({ arrive: crowd.make(Math.min(AT_ONCE, count - done)) });
    const orders = new MiningOrders({ store: new SharedStore(chain.store, 0), goOn: nextTurn });
    const store = new SharedStore(chain.store, 0);
    const before = heapMib();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const load = await timed(async () => orders.at(await snapshotOf(store)));
    delay.disable();
    const blocks = await timed(async () => (await orders.at(await snapshotOf(store))).blocks.length);
    const next: number[] = [];
    for (let i = 0; i < REQUESTS; i++) {
      const leave = chain.now.pending
        .slice(-CHANGES)
        .map(({ transaction }) => ({ id: idOf(transaction), reason: 'evicted' as const }));
      await chain.commit({ arrive: crowd.make(CHANGES), leave });
      const { snapshot } = await ChainReader.open(store);
      next.push((await timed(() => orders.at(snapshot))).ms);
    }
    return {
      load_ms: Math.round(load.ms),
      longest_turn_ms: Math.round(delay.max / 1e6),
      next_ms: round(next.sort((a, b) => a - b)[REQUESTS / 2]!),
      blocks_ms: round(blocks.ms),
      blocks: blocks.result,
      heap_mib: round(heapMib() - before),
    };
  } finally {
    await chain.close();
  }
}

/** Makes transactions, most of which spend what nobody knows the place of, and some the outputs of others. */
class Crowd {
  readonly #chain: MovingChain;
  readonly #random = new Random('mempool');
  #last: MadeTransaction | null = null;

  constructor(chain: MovingChain) {
    this.#chain = chain;
  }

  make(count: number): MadeTransaction[] {
    return Array.from({ length: count }, () => {
      const value = 1_000_000;
      const fee = this.#random.below(20_000);
      const parent = this.#last !== null && this.#random.chance(SHARE_OF_CHILDREN) ? this.#last : null;
      const made = this.#chain.make(
        parent === null ? [this.#coin(value + fee)] : [{ txid: parent.transaction.txid, index: 0 }],
        [{ value: parent === null ? value : parent.transaction.outputs[0]!.value - fee, script: p2pkhScript(2) }],
      );
      this.#last = made;
      return made;
    });
  }

  #coin(value: number): { txid: Uint8Array; index: number } {
    const { transaction } = this.#chain.make(
      [{ txid: this.#random.bytes(32).slice(), index: 0 }],
      [{ value, script: p2pkhScript(1) }],
    );
    return { txid: transaction.txid, index: 0 };
  }
}

async function snapshotOf(store: ReadStore) {
  return (await ChainReader.open(store)).snapshot;
}

async function timed<T>(run: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const start = performance.now();
  const result = await run();
  return { ms: performance.now() - start, result };
}

/** Lets others go first after each piece of work. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function heapMib(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / MIB;
}

function round(ms: number): number {
  return Number(ms.toFixed(1));
}

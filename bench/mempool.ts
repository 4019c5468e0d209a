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
/** As far ahead as fees are estimated. */
const MOST_BLOCKS = 1_008;
/** The share of transactions that spend from a pending one. */
const SHARE_OF_CHILDREN = 0.25;

interface Figures {
  /** From nothing to the first order; and the processor time of all threads meanwhile. */
  readonly load_ms: number;
  readonly load_cpu_ms: number;
  /** The longest time in which the process did nothing else, meanwhile. */
  readonly longest_turn_ms: number;
  /** The next order, after some transactions have come and gone; medians. */
  readonly next_ms: number;
  readonly next_cpu_ms: number;
  /** Processor time for all projected blocks of an order. */
  readonly blocks_cpu_ms: number;
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
    const blocks = await timed(async () => (await orders.at(await snapshotOf(store))).blocks(MOST_BLOCKS).length);
    const next: Timed<unknown>[] = [];
    for (let i = 0; i < REQUESTS; i++) {
      const leave = chain.now.pending
        .slice(-CHANGES)
        .map(({ transaction }) => ({ id: idOf(transaction), reason: 'evicted' as const }));
      await chain.commit({ arrive: crowd.make(CHANGES), leave });
      const { snapshot } = await ChainReader.open(store);
      next.push(await timed(() => orders.at(snapshot)));
    }
    return {
      load_ms: Math.round(load.ms),
      load_cpu_ms: Math.round(load.cpuMs),
      longest_turn_ms: Math.round(delay.max / 1e6),
      next_ms: median(next.map(({ ms }) => ms)),
      next_cpu_ms: median(next.map(({ cpuMs }) => cpuMs)),
      blocks_cpu_ms: round(blocks.cpuMs),
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

interface Timed<T> {
  readonly ms: number;
  /** Processor time of all threads, in milliseconds. */
  readonly cpuMs: number;
  readonly result: T;
}

async function timed<T>(run: () => Promise<T>): Promise<Timed<T>> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await run();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1_000, result };
}

function median(numbers: readonly number[]): number {
  return round(numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!);
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

import type { Currency, Network } from '../chain/networks.ts';
import type { Chunk } from './pool-transaction.ts';

/** The fee rates of some transactions, in satoshis for a virtual byte. */
export interface FeeRateSpan {
  readonly min: number;
  /** Half of the virtual size pays at least this. */
  readonly median: number;
  readonly max: number;
}

/** A block that a miner would make of pending transactions. */
export interface BlockProjection {
  readonly count: number;
  readonly weight: number;
  /** The sum of the virtual sizes. */
  readonly virtualSize: number;
  /** In satoshis. */
  readonly fees: number;
  readonly feeRates: FeeRateSpan;
  /** Whether there are transactions that it has no room for. */
  readonly isFull: boolean;
}

const WEIGHT_OF_BYTE = 4;
const MEGABYTE = 1_000_000;

/**
 * What the transactions of a block may weigh. BTC: MAX_BLOCK_WEIGHT without what Core leaves for header and coinbase
 * (DEFAULT_BLOCK_RESERVED_WEIGHT). BCH: the limit, unless large blocks have raised it (CHIP-2023-04). BSV: what SV's nodes make
 * by default (MAIN_DEFAULT_MAX_GENERATED_BLOCK_SIZE_AFTER).
 */
const ROOM: Readonly<Record<Currency, number>> = {
  BTC: 4_000_000 - 8_000,
  BCH: WEIGHT_OF_BYTE * 32 * MEGABYTE,
  BSV: WEIGHT_OF_BYTE * 4_000 * MEGABYTE,
};

/** As in ROOM, of BCH's networks with another limit. */
const ROOM_OF_NETWORK: Partial<Record<Network['id'], number>> = {
  'bch-testnet4': WEIGHT_OF_BYTE * 2 * MEGABYTE,
  'bch-chipnet': WEIGHT_OF_BYTE * 2 * MEGABYTE,
  'bch-scalenet': WEIGHT_OF_BYTE * 256 * MEGABYTE,
};

/** After so many chunks in a row that do not fit, a block is taken for full, as by Core (MAX_CONSECUTIVE_FAILURES). */
const MOST_FAILURES = 1_000;

/** The weight that the transactions of a block of a network may have. */
export function roomOf({ id, currency }: Pick<Network, 'id' | 'currency'>): number {
  return ROOM_OF_NETWORK[id] ?? ROOM[currency];
}

/**
 * The blocks that a miner would make of chunks, each computed when it is asked for. A chunk that a block has no room for waits for the
 * next one, with the later chunks of its cluster, and smaller ones take its place.
 * @param chunks in the order in which they are mined
 */
export function* projectBlocks(chunks: readonly Chunk[], room: number): Generator<BlockProjection, void> {
  let waiting: readonly Chunk[] = [];
  let next = 0;
  while (waiting.length > 0 || next < chunks.length) {
    const filling = new FillingBlock(room);
    for (const chunk of waiting) filling.offer(chunk);
    for (; next < chunks.length && filling.failures < MOST_FAILURES; next++) {
      const chunk = chunks[next]!;
      if (chunk.weight <= room) filling.offer(chunk);
      else for (const part of partsOf(chunk)) filling.offer(part);
    }
    waiting = filling.left;
    yield filling.finish(waiting.length > 0 || next < chunks.length);
  }
}

/** A chunk that no block has room for is mined transaction by transaction. */
function partsOf(chunk: Chunk): readonly Chunk[] {
  return chunk.transactions.map((one) => {
    const { weight, virtualSize, fee } = one;
    return { ...chunk, transactions: [one], weight, virtualSize, fees: fee! };
  });
}

class FillingBlock {
  /** What found no room, in the order in which it was offered. */
  readonly left: Chunk[] = [];
  /** How many chunks found no room since the last one that did. */
  failures = 0;
  readonly #room: number;
  readonly #taken: Chunk[] = [];
  /** Clusters of which a chunk found no room. */
  readonly #waiting = new Set<object>();
  #weight = 0;

  constructor(room: number) {
    this.#room = room;
  }

  offer(chunk: Chunk): void {
    const fits = this.#weight + chunk.weight <= this.#room || this.#taken.length === 0;
    const mustWait = this.#waiting.size > 0 && this.#waiting.has(chunk.cluster);
    if (fits && !mustWait) {
      this.#taken.push(chunk);
      this.#weight += chunk.weight;
      this.failures = 0;
      return;
    }
    this.#waiting.add(chunk.cluster);
    this.left.push(chunk);
    this.failures += 1;
  }

  finish(isFull: boolean): BlockProjection {
    let [count, virtualSize, fees] = [0, 0, 0];
    for (const chunk of this.#taken) {
      count += chunk.transactions.length;
      virtualSize += chunk.virtualSize;
      fees += chunk.fees;
    }
    const [min, max] = [this.#taken.at(-1)!.feeRate, this.#taken[0]!.feeRate];
    const feeRates = { min, median: this.#median(virtualSize), max };
    return { count, weight: this.#weight, virtualSize, fees, feeRates, isFull };
  }

  #median(virtualSize: number): number {
    let passed = 0;
    return this.#taken.find((chunk) => {
      passed += chunk.virtualSize;
      return 2 * passed >= virtualSize;
    })!.feeRate;
  }
}

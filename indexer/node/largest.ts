import type { Currency } from '../../src/chain/networks.ts';

/** The largest things of a currency, in bytes as serialized. */
export interface Largest {
  readonly block: number;
  readonly transaction: number;
  /** All outputs that a block spends. */
  readonly spentOutputs: number;
}

/** The shortest input: outpoint, script size and sequence number. */
const SMALLEST_INPUT = 41;

const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000 * MEGABYTE;

const BSV: Largest = { block: 4 * GIGABYTE, transaction: GIGABYTE, spentOutputs: 4 * GIGABYTE };

const BY_CURRENCY: Readonly<Record<Currency, Largest>> = {
  // Core: MAX_BLOCK_SERIALIZED_SIZE. There is room for 24,390 inputs, and no script above 10,000 bytes can be spent.
  BTC: { block: 4 * MEGABYTE, transaction: 4 * MEGABYTE, spentOutputs: 256 * MEGABYTE },
  // BCHN: MAX_CONSENSUS_BLOCK_SIZE, MAX_TX_SIZE.
  BCH: { block: 2 * GIGABYTE, transaction: MEGABYTE, spentOutputs: 4 * GIGABYTE },
  // SV: the default of -excessiveblocksize, which each miner may raise, and MAX_TX_SIZE_CONSENSUS_AFTER_GENESIS.
  BSV,
};

/** @param currency undefined if it is not known yet: then the largest of all */
export function largestOf(currency: Currency | undefined): Largest {
  return currency === undefined ? BSV : BY_CURRENCY[currency];
}

/** The most outputs that a transaction may spend. */
export function mostInputs({ transaction }: Largest): number {
  return Math.floor(transaction / SMALLEST_INPUT);
}

/** Length of the longest answer that has this many bytes as hex within JSON. */
export function hexAnswer(bytes: number): number {
  return 2 * bytes + 1_024;
}

import type { ChainReader } from '../query/reader.ts';
import { isUsed } from '../query/used.ts';
import type { Budget } from '../query/work.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { WalletKeys } from './descriptor.ts';
import type { ScriptChain, ScriptChains } from './script-chain.ts';

/** The most addresses of a wallet that one request derives. */
export const MAX_ADDRESSES = 1_000;

/** An address of a wallet. */
export interface WalletAddress {
  /** The ordinal of its chain in the wallet. */
  readonly chain: number;
  /** Its index in the chain. */
  readonly index: number;
  /** The numbers from the extended key that was given to its own key, such as 0/5; empty if it is that key. */
  readonly path: string;
  readonly lockingScript: Uint8Array;
  /** Whether a transaction pays it or spends from it. */
  readonly used: boolean;
}

/** One chain of a wallet, up to the gap limit. */
export interface WalletChain {
  readonly chain: number;
  readonly addresses: readonly WalletAddress[];
  /** The first one behind all that are used; null if it is beyond what was derived. */
  readonly nextUnused: WalletAddress | null;
}

/** The addresses of a wallet that a snapshot sees. */
export interface Discovered {
  readonly chains: readonly WalletChain[];
  /** Whether each chain ends in as many unused addresses as the gap limit. */
  readonly complete: boolean;
}

/** How a wallet is searched. */
export interface WalletSearch {
  readonly keys: WalletKeys;
  /** So many unused addresses in a row end a chain. */
  readonly gapLimit: number;
}

/** What a search works with. */
export interface SearchMeans {
  readonly scripts: ScriptChains;
  readonly reader: ChainReader;
  readonly budget: Budget;
}

/**
 * Derives the addresses of a wallet, a step of all its chains at a time, until each ends in a gap. Whether those of one step are used
 * is looked up together.
 */
export async function discover(
  { keys, gapLimit }: WalletSearch,
  snapshot: Snapshot,
  { scripts, reader, budget }: SearchMeans,
): Promise<Discovered> {
  const chains = keys.chains.map((chain, i) => new ChainInTheMaking(i, scripts.of(keys.template, chain)));
  for (let left = MAX_ADDRESSES; ; ) {
    const missing = chains.map((chain) => chain.missing(gapLimit));
    const wanted = missing.reduce((sum, count) => sum + count, 0);
    if (wanted === 0) return { chains: chains.map((chain) => chain.finish()), complete: true };
    if (wanted > left) return { chains: chains.map((chain) => chain.finish()), complete: false };
    left -= wanted;
    for (const [i, chain] of chains.entries()) await chain.derive(missing[i]!, reader.work);
    await Promise.all(chains.map((chain) => chain.extend((script) => isUsed(script, reader, snapshot, budget))));
  }
}

class ChainInTheMaking {
  readonly #chain: number;
  readonly #scripts: ScriptChain;
  readonly #addresses: WalletAddress[] = [];
  #derived: readonly Uint8Array[] = [];
  /** The number of addresses up to the last one that is used. */
  #used = 0;

  constructor(chain: number, scripts: ScriptChain) {
    this.#chain = chain;
    this.#scripts = scripts;
  }

  /** How many addresses it lacks to end in a gap. */
  missing(gapLimit: number): number {
    return Math.min(this.#used + gapLimit, this.#scripts.length) - this.#addresses.length;
  }

  /** Derives so many more. */
  async derive(count: number, work: SearchMeans['reader']['work']): Promise<void> {
    this.#derived = await this.#scripts.upTo(this.#addresses.length + count, work);
  }

  /** Adds those that were derived. */
  async extend(isUsed: (lockingScript: Uint8Array) => Promise<boolean>): Promise<void> {
    const from = this.#addresses.length;
    const scripts = this.#derived.slice(from);
    const used = await Promise.all(scripts.map(isUsed));
    for (const [i, lockingScript] of scripts.entries()) {
      const index = from + i;
      const path = this.#scripts.pathOf(index);
      this.#addresses.push({ chain: this.#chain, index, path, lockingScript, used: used[i]! });
      if (used[i]) this.#used = index + 1;
    }
  }

  finish(): WalletChain {
    return { chain: this.#chain, addresses: this.#addresses, nextUnused: this.#addresses[this.#used] ?? null };
  }
}

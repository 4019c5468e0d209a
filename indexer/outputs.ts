import { LRUCache } from 'lru-cache';
import type { Block } from '../src/chain/block.ts';
import { hashToHex, mapKey } from '../src/chain/bytes.ts';
import type { Network } from '../src/chain/networks.ts';
import type { Input, Transaction } from '../src/chain/transaction.ts';
import type { SpentOutput } from '../src/chain/undo.ts';
import { BitqlError } from '../src/errors.ts';
import { hasTxid, type Located, positionsFor, transactionsAt } from '../src/store/lookup.ts';
import type { ChainStore } from '../src/store/store.ts';
import type { BitcoinNode } from './node/node.ts';

export interface OutputsOptions {
  readonly store: ChainStore;
  readonly node: BitcoinNode;
  readonly network: Network;
  /** Memory for outputs of recent transactions, in bytes. */
  readonly cacheBytes: number;
  /** Whether the index holds the chain from its first block on, so that every spent output must be found. */
  readonly complete: boolean;
}

/** Rough cost of one cached transaction and of one of its outputs beside the script's bytes. */
const TRANSACTION_OVERHEAD = 200;
const OUTPUT_OVERHEAD = 100;
/** Transactions that one look-up reads. */
const LOOKUP_BATCH = 500;

/** Finds the outputs that a block spends: in itself, among recent transactions, in the store, at last at the node. */
export class Outputs {
  readonly #options: OutputsOptions;
  /** Of transactions whose rows may not be written yet: never dropped before `written`. */
  readonly #unwritten = new Map<string, readonly SpentOutput[]>();
  readonly #recent: LRUCache<string, readonly SpentOutput[]>;

  constructor(options: OutputsOptions) {
    this.#options = options;
    this.#recent = new LRUCache({ maxSize: Math.max(options.cacheBytes, 1), sizeCalculation: costOf });
  }

  /** For each transaction of the block the outputs that it spends, in input order; null for one nobody knows. */
  async resolve(block: Block): Promise<(SpentOutput | null)[][]> {
    for (const transaction of block.transactions) this.#unwritten.set(mapKey(transaction.txid), outputsOf(transaction));
    const spends = block.transactions.map((transaction) => (transaction.isCoinbase ? [] : transaction.inputs));
    const stored = await this.#fromStore(missing(spends, (txid) => this.#known(txid)));
    const spent = spends.map((inputs) => inputs.map((input) => this.#find(input, stored)));
    if (!spent.some((outputs) => outputs.includes(null))) return spent;
    return this.#fromNode(block, spent);
  }

  /** The rows of all blocks that were resolved so far are in the store. */
  written(): void {
    for (const [txid, outputs] of this.#unwritten) this.#recent.set(txid, outputs);
    this.#unwritten.clear();
  }

  #known(txid: string): readonly SpentOutput[] | undefined {
    return this.#unwritten.get(txid) ?? this.#recent.get(txid);
  }

  #find(
    { previousTxid, previousIndex }: Input,
    stored: ReadonlyMap<string, readonly SpentOutput[]>,
  ): SpentOutput | null {
    const txid = mapKey(previousTxid);
    return (this.#known(txid) ?? stored.get(txid))?.[previousIndex] ?? null;
  }

  async #fromStore(txids: readonly Uint8Array[]): Promise<Map<string, readonly SpentOutput[]>> {
    const found = new Map<string, readonly SpentOutput[]>();
    for (let i = 0; i < txids.length; i += LOOKUP_BATCH) {
      const batch = txids.slice(i, i + LOOKUP_BATCH);
      for (const [txid, outputs] of await this.#lookUp(batch)) found.set(txid, outputs);
    }
    return found;
  }

  async #lookUp(txids: readonly Uint8Array[]): Promise<[string, readonly SpentOutput[]][]> {
    const { store, network } = this.#options;
    const candidates = await positionsFor(store, 'txid', txids);
    // A row may have been written without its transaction, by a run that was cut off: then the position holds nothing.
    const transactions = await transactionsAt(store, candidates.flat(), network);
    const present = transactions.filter((located) => located !== null);
    return txids.flatMap((txid): [string, readonly SpentOutput[]][] => {
      const found = present.find((located: Located) => hasTxid(located, txid));
      return found === undefined ? [] : [[mapKey(txid), outputsOf(found.transaction)]];
    });
  }

  async #fromNode(block: Block, spent: (SpentOutput | null)[][]): Promise<(SpentOutput | null)[][]> {
    const { node, complete } = this.#options;
    const hash = hashToHex(block.header.hash);
    if (complete) {
      throw new BitqlError(
        'STORE_DAMAGED',
        `The store lacks an output that block ${hash} spends, though it holds the chain from the start: index into a new store.`,
      );
    }
    const known = await node.spentOutputs(hash);
    if (known === null) return spent;
    return spent.map((outputs, i) => outputs.map((output, j) => output ?? known[i]?.[j] ?? null));
  }
}

/** The ids, each once, of the spent transactions that are not known. */
function missing(spends: readonly (readonly Input[])[], known: (txid: string) => unknown): Uint8Array[] {
  const txids = new Map<string, Uint8Array>();
  for (const { previousTxid } of spends.flat()) {
    const name = mapKey(previousTxid);
    if (known(name) === undefined) txids.set(name, previousTxid);
  }
  return [...txids.values()];
}

/** Copies, so that a cached output does not keep its block in memory. */
function outputsOf({ outputs }: Transaction): SpentOutput[] {
  return outputs.map(({ value, script }) => ({ value, script: script.slice() }));
}

function costOf(outputs: readonly SpentOutput[]): number {
  return outputs.reduce((cost, { script }) => cost + OUTPUT_OVERHEAD + script.length, TRANSACTION_OVERHEAD);
}

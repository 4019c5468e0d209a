import { mapKey } from '../../src/chain/bytes.ts';
import type { Input } from '../../src/chain/inputs-outputs.ts';
import type { Network } from '../../src/chain/networks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { positionsFor } from '../../src/store/postings.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { wholeTransactionsAt } from '../../src/store/transactions.ts';
import type { BlockPart } from '../blocks/parts.ts';
import type { ChainNode } from '../node/node.ts';
import { RecentOutputs } from './recent-outputs.ts';
import { NodeSpentOutputs, type SpentOutputs } from './spent-outputs.ts';

export interface OutputFinderOptions {
  readonly store: ReadStore;
  readonly node: Pick<ChainNode, 'spentOutputs'>;
  readonly network: Network;
  /** Memory for outputs of recent transactions, in bytes. */
  readonly cacheBytes: number;
}

/** Transactions, of a block or not. */
type Transactions = Pick<BlockPart, 'transactions'>;

/** Transactions in one look-up. */
const LOOKUP_BATCH = 500;

/** Finds the outputs that transactions spend: among recent transactions, in the store, and last from the node. */
export class OutputFinder {
  readonly #options: OutputFinderOptions;
  readonly #recent: RecentOutputs;
  readonly #ofNode: NodeSpentOutputs;
  #number = -1;
  /** Number of transactions that were looked up because they were not among the recent ones. */
  lookups = 0;

  constructor(options: OutputFinderOptions) {
    this.#options = options;
    this.#recent = new RecentOutputs(options.cacheBytes);
    this.#ofNode = new NodeSpentOutputs(options.node);
  }

  /**
   * Adds the outputs that a part creates. Call it in chain order, before the part is resolved.
   * @returns the part's number among all parts
   */
  add({ transactions }: Transactions): number {
    this.#number += 1;
    for (const transaction of transactions) this.#recent.add(transaction, this.#number);
    return this.#number;
  }

  /** Whether outputs of a part with a higher number have left memory. */
  hasForgottenSince(number: number): boolean {
    return this.#recent.forgottenUpTo > number;
  }

  /** The spent outputs that are in memory. */
  recent({ transactions }: Transactions): SpentOutputs {
    return transactions.map((transaction) => (transaction.isCoinbase ? [] : this.#recentOf(transaction)));
  }

  /** Fills in outputs from the store, in place. */
  async lookUp({ transactions }: Transactions, spent: SpentOutputs): Promise<void> {
    const wanted = unknownInputs(transactions, spent);
    const txids = Array.from(wanted.values(), ([first]) => first!.input.previousTxid);
    this.lookups += txids.length;
    for (let i = 0; i < txids.length; i += LOOKUP_BATCH) {
      for (const transaction of await this.#stored(txids.slice(i, i + LOOKUP_BATCH)))
        settle(transaction, wanted, spent);
    }
  }

  /**
   * Fills in outputs that the given transactions create. These are transactions of the block itself, where a child may
   * come before its parent.
   */
  async search(
    transactions: Iterable<Transaction> | AsyncIterable<Transaction>,
    part: Transactions,
    spent: SpentOutputs,
  ): Promise<void> {
    const wanted = unknownInputs(part.transactions, spent);
    for await (const transaction of transactions) settle(transaction, wanted, spent);
  }

  /** Fills in what the node reports that the block spends. Returns false if the node does not know it. */
  askNode(part: BlockPart, spent: SpentOutputs): Promise<boolean> {
    return this.#ofNode.fill(part, spent);
  }

  /** Call it when no part is being resolved any more. */
  async close(): Promise<void> {
    await this.#ofNode.close();
  }

  #recentOf({ inputs }: Transaction): SpentOutputs[number] {
    const outputs: SpentOutputs[number] = [];
    for (const { previousTxid, previousIndex } of inputs) outputs.push(this.#recent.find(previousTxid, previousIndex));
    return outputs;
  }

  async #stored(txids: readonly Uint8Array[]): Promise<Transaction[]> {
    const { store, network } = this.#options;
    const candidates = await positionsFor(store, 'txid', txids);
    // A run that was cut off may have written a posting without its transaction: then the position is empty.
    const found = await wholeTransactionsAt(store, candidates.flat(), network);
    const ids = new Set(txids.map(mapKey));
    return found
      .filter((located) => located !== null && ids.has(mapKey(located.transaction.txid)))
      .map((located) => located!.transaction);
  }
}

interface WantedInput {
  readonly input: Input;
  /** Index of the transaction in the part, and of the input in the transaction. */
  readonly at: readonly [transaction: number, input: number];
}

/** The inputs with an unknown spent output, by the txid that they spend from. */
function unknownInputs(transactions: readonly Transaction[], spent: SpentOutputs): Map<string, WantedInput[]> {
  const wanted = new Map<string, WantedInput[]>();
  for (const [i, outputs] of spent.entries()) {
    for (const [j, output] of outputs.entries()) {
      if (output !== null) continue;
      const input = transactions[i]!.inputs[j]!;
      const name = mapKey(input.previousTxid);
      const others = wanted.get(name);
      if (others === undefined) wanted.set(name, [{ input, at: [i, j] }]);
      else others.push({ input, at: [i, j] });
    }
  }
  return wanted;
}

/** Copies the wanted outputs of a transaction, so that nothing keeps its bytes in memory. */
function settle(
  transaction: Transaction,
  wanted: ReadonlyMap<string, readonly WantedInput[]>,
  spent: SpentOutputs,
): void {
  for (const { input, at } of wanted.get(mapKey(transaction.txid)) ?? []) {
    const output = transaction.outputs[input.previousIndex];
    if (output !== undefined) spent[at[0]]![at[1]] = { value: output.value, script: output.script.slice() };
  }
}

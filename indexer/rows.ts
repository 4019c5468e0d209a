import type { Block } from '../src/chain/block.ts';
import { compareBytes, hashToHex, mapKey } from '../src/chain/bytes.ts';
import { dataPushes, isData } from '../src/chain/data.ts';
import type { Network } from '../src/chain/networks.ts';
import { isUnspendable } from '../src/chain/script.ts';
import type { Transaction } from '../src/chain/transaction.ts';
import { feeOf, type SpentOutput } from '../src/chain/undo.ts';
import { blockKey, encodePosition, pageKey } from '../src/store/position.ts';
import {
  lockKey,
  outpointKey,
  type PostingKind,
  postingKey,
  postingPrefix,
  tokenKind,
  tokenRungs,
} from '../src/store/postings.ts';
import { encodePage, pagesOf } from '../src/store/records/page.ts';
import { encodeLockSums, encodeTokenLength, type LockSums } from '../src/store/records/postings.ts';
import { type BlockTotals, encodeTotals } from '../src/store/records/totals.ts';
import { knownOutput, transactionRows } from '../src/store/records/transaction.ts';
import type { Batch, Row, Table } from '../src/store/store.ts';

/**
 * Beside the genesis block, those whose coinbase was overwritten by a later one with the same id (BIP 30; Core:
 * IsBIP30Unspendable), heights 91722 and 91812: their coins are in no UTXO set and can never be spent.
 */
const OVERWRITTEN: ReadonlySet<string> = new Set([
  '00000000000271a2dc26e7667f8419f2e15416dc6955e5a6c6cdf3f2574dd08e',
  '00000000000af0aed4792b1acee3d966af36cf5def14935db8de83d6f9306f2f',
]);

/** A block with everything that its rows are made of. */
export interface ResolvedBlock {
  readonly block: Block;
  readonly height: number;
  readonly fork: number;
  /** For each transaction the outputs that it spends, in input order; null for one that is not known. */
  readonly spent: readonly (readonly (SpentOutput | null)[])[];
}

/** Takes the rows of blocks, in any order. */
export type RowSink = (table: Table, row: Row) => void;

/** Rows gathered for one write, which stores take fastest in key order. */
export class RowGroup {
  readonly #rows = new Map<Table, Row[]>();
  readonly add = (table: Table, row: Row): void => {
    const rows = this.#rows.get(table);
    if (rows === undefined) this.#rows.set(table, [row]);
    else rows.push(row);
  };

  inKeyOrder(): Batch {
    for (const rows of this.#rows.values()) rows.sort((a, b) => compareBytes(a.key, b.key));
    return this.#rows;
  }
}

/** All rows of a block but its `blocks` row, which gives it its fork and is written before. */
export function addBlockRows(resolved: ResolvedBlock, network: Network, add: RowSink): void {
  const { block, height, fork, spent } = resolved;
  const { transactions, header } = block;
  add('totals', { key: blockKey(height, fork), value: encodeTotals(totalsOf(resolved)) });
  for (const [number, page] of pagesOf(transactions.map(({ txid }) => txid)).entries()) {
    add('pages', { key: pageKey(height, fork, number), value: encodePage(page) });
  }
  const first = encodePosition({ height, fork, index: 0 });
  add('postings', posting('block', header.hash, first));
  const isCoinless = height === 0 || OVERWRITTEN.has(hashToHex(header.hash));
  for (const [index, transaction] of transactions.entries()) {
    const position = encodePosition({ height, fork, index });
    const hasCoins = !(isCoinless && transaction.isCoinbase);
    addTransactionRows({ transaction, spent: spent[index]!, position, height, network, hasCoins }, add);
  }
}

function totalsOf({ block, spent }: ResolvedBlock): BlockTotals {
  const { transactions, size, strippedSize } = block;
  const fees = transactions.map((transaction, i) => (transaction.isCoinbase ? 0 : feeOf(transaction, spent[i]!)));
  return {
    size,
    strippedSize,
    transactionCount: transactions.length,
    inputCount: sum(transactions.map(({ inputs }) => inputs.length)),
    outputCount: sum(transactions.map(({ outputs }) => outputs.length)),
    outputValue: sum(transactions.map(({ outputs }) => sum(outputs.map(({ value }) => value)))),
    fees: fees.includes(null) ? null : sum(fees as number[]),
  };
}

interface PlacedTransaction {
  readonly transaction: Transaction;
  readonly spent: readonly (SpentOutput | null)[];
  readonly position: Uint8Array;
  readonly height: number;
  readonly network: Network;
  /** Whether its outputs entered the set of unspent ones. */
  readonly hasCoins: boolean;
}

function addTransactionRows(placed: PlacedTransaction, add: RowSink): void {
  const { transaction, position } = placed;
  const rows = transactionRows(position, placed);
  add('transactions', rows.transaction);
  for (const payload of rows.payloads) add('payloads', payload);
  add('postings', posting('txid', transaction.txid, position));
  addSpends(placed, add);
  addLocks(placed, add);
  addTokens(placed, add);
}

function addSpends({ transaction, position }: PlacedTransaction, add: RowSink): void {
  if (transaction.isCoinbase) return;
  for (const { previousTxid, previousIndex } of transaction.inputs) {
    add('postings', posting('spend', outpointKey(previousTxid, previousIndex), position));
  }
}

/** One row for each locking script: what the transaction pays to it and spends from it. */
function addLocks({ transaction, spent, position, height, network, hasCoins }: PlacedTransaction, add: RowSink): void {
  const sums = new Map<string, { key: Uint8Array } & LockSums>();
  const count = (lockingScript: Uint8Array, received: number | null, paid: number): void => {
    const key = lockKey(lockingScript);
    const name = mapKey(key);
    const before = sums.get(name) ?? { received: null, spent: 0 };
    sums.set(name, { key, received: added(before.received, received), spent: before.spent + paid });
  };
  for (const output of transaction.outputs) {
    if (isUnspendable(output.lockingScript, network, height)) continue;
    count(output.lockingScript, hasCoins ? output.value : null, 0);
  }
  for (const output of spent) {
    if (output !== null) count(knownOutput(output, network).lockingScript, null, output.value);
  }
  for (const { key, ...value } of sums.values()) add('postings', posting('lock', key, position, encodeLockSums(value)));
}

function added(sum: number | null, value: number | null): number | null {
  return value === null ? sum : (sum ?? 0) + value;
}

/** One row for each prefix of a push; where pushes of several lengths share it, its value says so. */
function addTokens({ transaction, position }: PlacedTransaction, add: RowSink): void {
  const lengths = new Map<string, { kind: PostingKind; key: Uint8Array; length: number | null }>();
  for (const { lockingScript } of transaction.outputs) {
    for (const { data } of (dataPushes(lockingScript) ?? []).filter(isData)) {
      for (const rung of tokenRungs(data.length)) {
        const kind = tokenKind(rung);
        const name = `${rung}:${mapKey(postingPrefix(kind, data))}`;
        const before = lengths.get(name);
        const length = before === undefined || before.length === data.length ? data.length : null;
        lengths.set(name, { kind, key: data, length });
      }
    }
  }
  for (const { kind, key, length } of lengths.values()) {
    add('postings', posting(kind, key, position, encodeTokenLength(length)));
  }
}

const NO_VALUE = new Uint8Array(0);

function posting(kind: PostingKind, key: Uint8Array, position: Uint8Array, value: Uint8Array = NO_VALUE): Row {
  return { key: postingKey(postingPrefix(kind, key), position), value };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

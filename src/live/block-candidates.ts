import { equalBytes } from '../chain/bytes.ts';
import type { Network } from '../chain/networks.ts';
import type { BlockView } from '../query/block-reader.ts';
import type { TransactionView } from '../query/transaction-view.ts';
import { MissingRecordError } from '../store/errors.ts';
import { matchKeys } from '../store/match-keys.ts';
import { decodePosition, encodePosition, MAX_INDEX } from '../store/position.ts';
import { EVERY_FAMILY, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { scanPages } from '../store/scan-pages.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { KeyRange } from '../store/store.ts';
import type { LogReader } from './log-reader.ts';
import type { Topic, TopicIndex } from './topic.ts';

export interface BlockToUnfold {
  readonly view: BlockView;
  /** The index of the first transaction to examine. */
  readonly first: number;
  readonly snapshot: Snapshot;
}

/** A transaction of a block, and the topics that it may concern. */
export interface BlockCandidate<T extends Topic> {
  readonly transaction: TransactionView;
  readonly topics: readonly T[];
}

/** How many transactions of a block are read and parsed in about the time of looking up one key. */
const TRANSACTIONS_PER_KEY = 20;
/** Transactions that are loaded together. */
const AT_ONCE = 64;
const SCANNED_AT_ONCE = 128;

/**
 * The transactions of a block that may concern some topics, in order. Few keys are looked up in the index of a large block; for
 * many, the whole block is read.
 */
export function candidatesIn<T extends Topic>(
  block: BlockToUnfold,
  index: TopicIndex<T>,
  log: LogReader,
): AsyncGenerator<BlockCandidate<T>> {
  const isCheapToLookUp = index.keyCount * TRANSACTIONS_PER_KEY <= block.view.totals.transactionCount;
  return !index.hasUnkeyed && isCheapToLookUp ? lookedUp(block, index, log) : readThrough(block, index, log);
}

async function* lookedUp<T extends Topic>(
  block: BlockToUnfold,
  index: TopicIndex<T>,
  log: LogReader,
): AsyncGenerator<BlockCandidate<T>> {
  const { height, fork } = block.view;
  const topicsAt = new Map<number, Set<T>>();
  for (const key of index.keys) {
    const topics = index.candidates([key]);
    for await (const { rows } of scanPages(log.store, 'postings', postingRange(key, rangeOf(block)), SCANNED_AT_ONCE)) {
      for (const row of rows) {
        const { index: at } = decodePosition(positionOf(row.key));
        topicsAt.set(at, new Set([...(topicsAt.get(at) ?? []), ...topics]));
      }
    }
  }
  const found = [...topicsAt].sort(([a], [b]) => a - b);
  for (let i = 0; i < found.length; i += AT_ONCE) {
    const reader = log.readerAt(block.snapshot);
    const some = found.slice(i, i + AT_ONCE);
    const positions = some.map(([at]) => encodePosition({ height, fork, index: at }));
    const views = await Promise.all(positions.map((position) => reader.transactionAt(position)));
    for (const [k, [, topics]] of some.entries()) yield { transaction: views[k]!, topics: [...topics] };
  }
}

async function* readThrough<T extends Topic>(
  block: BlockToUnfold,
  index: TopicIndex<T>,
  log: LogReader,
): AsyncGenerator<BlockCandidate<T>> {
  if (index.keyCount === 0 && !index.hasUnkeyed) return;
  const { height, fork, totals } = block.view;
  let next = block.first;
  const requireNext = (key?: Uint8Array) => {
    const wanted = encodePosition({ height, fork, index: next++ });
    if (key === undefined || !equalBytes(key, wanted)) throw new MissingRecordError('transactions', wanted);
  };
  for await (const { rows } of scanPages(log.store, 'transactions', rangeOf(block), SCANNED_AT_ONCE)) {
    const reader = log.readerAt(block.snapshot);
    for (const row of rows) {
      requireNext(row.key);
      const view = await reader.transactionOf(row);
      const topics = index.candidates(index.keyCount === 0 ? [] : keysOf(view, height, reader.network));
      if (topics.length > 0) yield { transaction: view, topics };
    }
  }
  if (next < totals.transactionCount) requireNext();
}

function keysOf({ transaction, spent }: TransactionView, height: number, network: Network): Uint8Array[] {
  const spentScripts = spent.flatMap((output) => output?.lockingScript ?? []);
  // A topic may want any key, whether the index has its family or not.
  const keys = matchKeys({ transaction, spentScripts, height }, network, EVERY_FAMILY);
  return [...keys, postingPrefix('txid', transaction.txid)];
}

/** The positions of the transactions to examine. */
function rangeOf({ view: { height, fork }, first }: BlockToUnfold): KeyRange {
  return {
    min: encodePosition({ height, fork, index: first }),
    max: encodePosition({ height, fork, index: MAX_INDEX }),
  };
}

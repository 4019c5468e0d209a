import { mapKey } from '../chain/bytes.ts';
import { isArrival } from '../store/commit-number.ts';
import { comparePositions, decodePosition } from '../store/position.ts';
import {
  outpointIndex,
  outpointKey,
  positionOf,
  positionsFor,
  postingPrefix,
  postingRange,
} from '../store/postings.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import { pendingPage, pendingWith } from './pending-postings.ts';

/** Consecutive outputs of a transaction, from the index of the first one. */
export interface OutputStretch {
  readonly first: number;
  readonly count: number;
}

/** Positions by the index of the output, in chain order; null if the outputs must be looked up one by one. */
type KnownSpends = ReadonlyMap<number, readonly Uint8Array[]> | null;

interface Ahead {
  readonly stretch: OutputStretch;
  readonly snapshot: Snapshot;
  readonly known: Promise<KnownSpends>;
}

/** If there are more rows, or a row is damaged, outputs are looked up one by one. */
const MOST_AHEAD = 1_024;

/** Finds the positions of transactions that may spend an output, in blocks and unconfirmed. */
export class SpendIndex {
  readonly #store: ReadStore;
  readonly #ahead = new Map<string, Ahead>();

  constructor(store: ReadStore) {
    this.#store = store;
  }

  /** The positions of candidates, in chain order. */
  async of(txid: Uint8Array, index: number, snapshot: Snapshot): Promise<readonly Uint8Array[]> {
    const ahead = this.#ahead.get(mapKey(txid));
    if (ahead !== undefined && ahead.snapshot === snapshot && holds(ahead.stretch, index)) {
      const known = await ahead.known;
      if (known !== null) return known.get(index) ?? [];
    }
    const key = outpointKey(txid, index);
    const [[inBlocks], pending] = await Promise.all([
      positionsFor(this.#store, 'spend', [key]),
      pendingWith(this.#store, snapshot, 'spend', key),
    ]);
    return [...inBlocks!.filter((position) => snapshot.seesKey(position)), ...pending];
  }

  /** Looks up consecutive outputs of a transaction in advance. @returns the positions for all of them */
  async readAhead(txid: Uint8Array, stretch: OutputStretch, snapshot: Snapshot): Promise<Uint8Array[]> {
    const known = this.#read(txid, stretch, snapshot).catch(() => null);
    this.#ahead.set(mapKey(txid), { stretch, snapshot, known });
    return [...((await known)?.values() ?? [])].flat();
  }

  async #read(txid: Uint8Array, { first, count }: OutputStretch, snapshot: Snapshot): Promise<KnownSpends> {
    const prefix = (index: number) => postingPrefix('spend', outpointKey(txid, index));
    const range = { min: postingRange(prefix(first)).min, max: postingRange(prefix(first + count - 1)).max };
    const [[inBlocks], pending] = await Promise.all([
      this.#store.scan('postings', [range], { limit: MOST_AHEAD }),
      pendingPage(this.#store, snapshot, range, { limit: MOST_AHEAD }),
    ]);
    if (inBlocks!.more || pending.end !== null) return null;
    const seen = inBlocks!.rows.filter(({ key }) => snapshot.seesKey(key));
    const rows = Map.groupBy([...seen, ...pending.rows], ({ key }) => outpointIndex(key));
    return new Map(Array.from(rows, ([index, some]) => [index, some.map(({ key }) => positionOf(key))]));
  }
}

function holds({ first, count }: OutputStretch, index: number): boolean {
  return first <= index && index < first + count;
}

/** One copy of a transaction that may be duplicated in the chain (BIP 30), and the next copy. */
export interface Copy {
  readonly copy: Uint8Array | undefined;
  readonly next: Uint8Array | undefined;
}

/** The copy at a position, and the next one. For a position in no block of the chain, the last copy. */
export function copyAt(position: Uint8Array, copies: readonly Uint8Array[], snapshot: Snapshot): Copy {
  const isInBlock = !isArrival(position) && snapshot.seesKey(position);
  const copy = isInBlock ? position : copies.at(-1);
  const next = copies.find((other) => copy !== undefined && comparePositions(other, copy) > 0);
  return { copy, next };
}

/**
 * Whether a transaction can spend an output of a copy: it is not in an earlier block than the copy, and in an earlier block than the
 * next copy. Its place within the block does not matter: blocks of BCH are sorted by transaction id. Arrivals sort after all blocks.
 */
export function isBetween(spender: Uint8Array, { copy, next }: Copy): boolean {
  if (copy !== undefined && compareBlocks(spender, copy) < 0) return false;
  return next === undefined || compareBlocks(spender, next) < 0;
}

/** Compares the heights of two positions. */
export function compareBlocks(a: Uint8Array, b: Uint8Array): number {
  return decodePosition(a).height - decodePosition(b).height;
}

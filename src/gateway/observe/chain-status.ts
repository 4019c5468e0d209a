import { BitqlError } from '../../errors.ts';
import { encodeEventCursor, endOfEvent } from '../../live/live-event.ts';
import { endOf } from '../../store/event-log.ts';
import { familyCoverage, heldFamilies, pendingFamilies } from '../../store/families.ts';
import type { PostingFamily } from '../../store/postings.ts';
import { Snapshot } from '../../store/snapshot.ts';
import { type BlockRef, type ChainState, decodeState } from '../../store/state.ts';
import type { ReadStore } from '../../store/store.ts';
import { inTime } from '../../waiting.ts';

/** How fresh and how complete the data of a snapshot is. */
export interface ChainStatus {
  readonly tip: BlockRef | null;
  /** The node's last block, as the indexer last saw it. */
  readonly nodeTip: BlockRef | null;
  /** Blocks that the node has and the index has not; null if the node was never reached. */
  readonly lag: number | null;
  /** Whether the index has a block and all blocks of its node, and the node has all blocks whose headers it knows. */
  readonly synced: boolean;
  /** The cursor after which following events begin; null until there is an event log. */
  readonly cursor: string | null;
  /** The heights that are indexed, ascending. */
  readonly coverage: readonly { readonly from: number; readonly to: number }[];
}

export function chainStatus({ state, tip, commit }: Snapshot): ChainStatus {
  const { node } = state;
  const cursor = state.logStart === null ? null : encodeEventCursor(endOfEvent(endOf(commit), state));
  const coverage = state.coverage.map(([from, to]) => ({ from, to }));
  if (node === null) return { tip, nodeTip: null, lag: null, synced: false, cursor, coverage };
  const next = tip === null ? state.start : tip.height + 1;
  const lag = Math.max(0, node.tip.height + 1 - next);
  return {
    tip,
    nodeTip: node.tip,
    lag,
    synced: tip !== null && lag === 0 && node.headers <= node.tip.height,
    cursor,
    coverage,
  };
}

/** A family of postings that an index has, and where it is complete. */
export interface FamilyStatus {
  readonly name: PostingFamily;
  readonly coverage: ChainStatus['coverage'];
  /** Whether all unconfirmed transactions have it. */
  readonly pending: boolean;
}

export function familyStatuses(state: ChainState): FamilyStatus[] {
  const pending = pendingFamilies(state);
  return Array.from(heldFamilies(state), (name) => ({
    name,
    coverage: familyCoverage(state, name).map(([from, to]) => ({ from, to })),
    pending: pending.has(name),
  }));
}

/** The part of it that is in each answer. */
export function chainExtension(snapshot: Snapshot): { readonly chain: Omit<ChainStatus, 'synced'> } {
  const { tip, nodeTip, lag, cursor, coverage } = chainStatus(snapshot);
  return { chain: { tip, nodeTip, lag, cursor, coverage } };
}

/** A recent view of the store: the error of reading it, or the chain in it; neither while nothing is indexed. */
export interface ChainView {
  readonly error: unknown;
  readonly snapshot: Snapshot | null;
}

/** How old a view may be. */
const MAX_AGE_MS = 1_000;
const TIMEOUT_MS = 2_000;

/** Reads the state of the store for health checks and metrics, at most once a second for all of them. */
export class ChainWatch {
  readonly #store: ReadStore;
  #view: Promise<ChainView> | null = null;
  #lookedAt = 0;

  constructor(store: ReadStore) {
    this.#store = store;
  }

  /** @throws nothing */
  view(): Promise<ChainView> {
    const now = performance.now();
    if (this.#view === null || now - this.#lookedAt > MAX_AGE_MS) {
      this.#lookedAt = now;
      this.#view = this.#look().catch((error: unknown) => ({ error, snapshot: null }));
    }
    return this.#view;
  }

  async #look(): Promise<ChainView> {
    const record = await inTime(this.#store.readState(), TIMEOUT_MS, late);
    return { error: null, snapshot: record === null ? null : Snapshot.latest(decodeState(record.value)) };
  }
}

function late(): BitqlError {
  return new BitqlError('STORE_UNAVAILABLE', `The store has not answered for ${TIMEOUT_MS / 1_000} s.`);
}

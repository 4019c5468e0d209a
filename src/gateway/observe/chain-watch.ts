import { BitqlError } from '../../errors.ts';
import { Snapshot } from '../../store/snapshot.ts';
import { decodeState } from '../../store/state.ts';
import type { ReadStore } from '../../store/store.ts';
import { inTime } from '../../waiting.ts';

/** The store as it was a moment ago: why it does not answer, or the chain in it; neither while nothing is indexed. */
export interface ChainView {
  readonly error: unknown;
  readonly snapshot: Snapshot | null;
}

/** How old a view may be. */
const MAX_AGE_MS = 1_000;
const TIMEOUT_MS = 2_000;

/** Looks at the store for those who ask how the gateway is: at most once a second, however many ask. */
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

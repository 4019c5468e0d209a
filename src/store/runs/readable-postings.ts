import { damagedRecord } from '../errors.ts';
import {
  type JointReadOptions,
  type LookUp,
  ReadingStore,
  type ReadResult,
  type ReadStore,
  type Table,
} from '../store.ts';

/** Reads a store as if pages of postings that cannot be read had none. Other damage ends a read as always. */
export class ReadablePostings extends ReadingStore {
  readonly #store: ReadStore;

  constructor(store: ReadStore) {
    super();
    this.#store = store;
  }

  read(lookUps: readonly LookUp[], options: JointReadOptions = {}): Promise<ReadResult> {
    return this.#store.read(lookUps, { onDamage: refuseOthers, ...options });
  }

  readState() {
    return this.#store.readState();
  }
}

function refuseOthers(table: Table, key: Uint8Array): void {
  if (table !== 'runPages') throw damagedRecord(table, key);
}

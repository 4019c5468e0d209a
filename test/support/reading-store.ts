import {
  type JointReadOptions,
  type LookUp,
  ReadingStore,
  type ReadResult,
  type ReadStore,
  type StateRecord,
} from '../../src/store/store.ts';

/** What a test does where a store is read. */
export type Reads = Pick<ReadStore, 'read' | 'readState'>;

class GivenStore extends ReadingStore {
  readonly #reads: Reads;

  constructor(reads: Reads) {
    super();
    this.#reads = reads;
  }

  read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult> {
    return this.#reads.read(lookUps, options);
  }

  readState(): Promise<StateRecord | null> {
    return this.#reads.readState();
  }
}

/** A store that reads another one, but for what a test does instead. */
export function readingStore(store: Reads, { read, readState }: Partial<Reads>): ReadStore {
  return new GivenStore({
    read: read ?? ((...args) => store.read(...args)),
    readState: readState ?? (() => store.readState()),
  });
}

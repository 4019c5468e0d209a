import {
  type ChainStore,
  type JointReadOptions,
  type LookUp,
  ReadingStore,
  type ReadResult,
  type ReadStore,
  type StateRecord,
} from '../../src/store/store.ts';

/** A store's methods as plain functions, so that some of them can be replaced. */
export function boundStore(store: ChainStore): ChainStore {
  return {
    read: store.read.bind(store),
    get: store.get.bind(store),
    scan: store.scan.bind(store),
    write: store.write.bind(store),
    replace: store.replace.bind(store),
    remove: store.remove.bind(store),
    readState: store.readState.bind(store),
    compareAndSetState: store.compareAndSetState.bind(store),
    now: store.now.bind(store),
    naming: store.naming.bind(store),
    settle: store.settle.bind(store),
    damagedRuns: store.damagedRuns.bind(store),
    mendRuns: store.mendRuns.bind(store),
    close: store.close.bind(store),
  };
}

/** A store that fails every change after the given number of changes, as after a kill. */
export function dyingStore(store: ChainStore, changes: number): ChainStore {
  let left = changes;
  const once = async <T>(change: () => Promise<T>): Promise<T> => {
    if (left-- <= 0) throw new Error('killed');
    return change();
  };
  return {
    ...boundStore(store),
    write: (batch) => once(() => store.write(batch)),
    replace: (batch) => once(() => store.replace(batch)),
    remove: (table, keys) => once(() => store.remove(table, keys)),
    settle: (onPart) => once(() => store.settle(onPart)),
    mendRuns: (runs) => once(() => store.mendRuns(runs)),
    compareAndSetState: (revision, value) => once(() => store.compareAndSetState(revision, value)),
  };
}

/** The reads of a store that a test can replace. */
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

/** A store that reads another one, except for the reads that a test replaces. */
export function readingStore(store: Reads, { read, readState }: Partial<Reads>): ReadStore {
  return new GivenStore({
    read: read ?? ((...args) => store.read(...args)),
    readState: readState ?? (() => store.readState()),
  });
}

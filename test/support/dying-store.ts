import type { ChainStore } from '../../src/store/store.ts';

/** The store until the given number of changes has been made; then it does nothing any more, as after a kill. */
export function dyingStore(store: ChainStore, changes: number): ChainStore {
  let left = changes;
  const once = async <T>(change: () => Promise<T>): Promise<T> => {
    if (left-- <= 0) throw new Error('killed');
    return change();
  };
  return {
    get: (table, keys) => store.get(table, keys),
    scan: (table, ranges, options) => store.scan(table, ranges, options),
    readState: () => store.readState(),
    now: () => store.now(),
    close: () => store.close(),
    write: (batch) => once(() => store.write(batch)),
    compareAndSetState: (revision, value) => once(() => store.compareAndSetState(revision, value)),
  };
}

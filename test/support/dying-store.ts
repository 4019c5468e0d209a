import type { ChainStore } from '../../src/store/store.ts';
import { boundStore } from './bound-store.ts';

/** The store until the given number of changes has been made; then it does nothing any more, as after a kill. */
export function dyingStore(store: ChainStore, changes: number): ChainStore {
  let left = changes;
  const once = async <T>(change: () => Promise<T>): Promise<T> => {
    if (left-- <= 0) throw new Error('killed');
    return change();
  };
  return {
    ...boundStore(store),
    write: (batch) => once(() => store.write(batch)),
    compareAndSetState: (revision, value) => once(() => store.compareAndSetState(revision, value)),
  };
}

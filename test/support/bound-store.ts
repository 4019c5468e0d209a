import type { ChainStore } from '../../src/store/store.ts';

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
    close: store.close.bind(store),
  };
}

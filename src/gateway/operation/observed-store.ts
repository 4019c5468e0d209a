import type { ReadStore } from '../../store/store.ts';
import type { Observer, StoreCall } from './observer.ts';

/** A store whose calls can be noticed. */
export function observedStore(store: ReadStore, observer: Observer): ReadStore {
  const observed = async <T>(call: StoreCall, answer: Promise<T>): Promise<T> => {
    const begun = performance.now();
    let isAnswered = false;
    try {
      const value = await answer;
      isAnswered = true;
      return value;
    } finally {
      observer.storeCalled(call, (performance.now() - begun) / 1_000, isAnswered);
    }
  };
  return {
    get: (...args) => observed('get', store.get(...args)),
    scan: (...args) => observed('scan', store.scan(...args)),
    readState: () => observed('readState', store.readState()),
  };
}

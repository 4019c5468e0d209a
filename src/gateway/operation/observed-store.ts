import type { Tracer } from '@opentelemetry/api';
import type { ReadStore, Table } from '../../store/store.ts';
import type { Observer, StoreCall } from './observer.ts';
import { endCall, startCall } from './tracing.ts';

/** A store whose calls can be noticed, and are spans of the operations that they are for. */
export function observedStore(store: ReadStore, observer: Observer, tracer: Tracer | null): ReadStore {
  const observed = async <T>(call: StoreCall, table: Table | 'state', count: number, read: () => Promise<T>) => {
    const span = startCall(tracer, `store ${call}`, { 'db.collection.name': table, 'db.operation.batch.size': count });
    const begun = performance.now();
    let isAnswered = false;
    try {
      const value = await read();
      isAnswered = true;
      return value;
    } finally {
      observer.storeCalled(call, (performance.now() - begun) / 1_000, isAnswered);
      endCall(span, isAnswered);
    }
  };
  return {
    get: (table, keys, options) => observed('get', table, keys.length, () => store.get(table, keys, options)),
    scan: (table, ranges, options) => observed('scan', table, ranges.length, () => store.scan(table, ranges, options)),
    readState: () => observed('readState', 'state', 1, () => store.readState()),
  };
}

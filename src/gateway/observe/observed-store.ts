import type { Tracer } from '@opentelemetry/api';
import { ReadingStore } from '../../store/reading-store.ts';
import type { JointReadOptions, LookUp, ReadResult, ReadStore, StateRecord } from '../../store/store.ts';
import type { GatewayObserver, StoreCall } from './observer.ts';
import { endCall, startCall } from './tracing.ts';

/** A store whose calls can be noticed, and are spans of the operations that they are for. */
export class ObservedStore extends ReadingStore {
  readonly #store: ReadStore;
  readonly #observer: GatewayObserver;
  readonly #tracer: Tracer | null;

  constructor(store: ReadStore, observer: GatewayObserver, tracer: Tracer | null) {
    super();
    this.#store = store;
    this.#observer = observer;
    this.#tracer = tracer;
  }

  read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult> {
    const state = options?.withState === true ? ['state'] : [];
    const tables = [...new Set([...lookUps.map(({ table }) => table), ...state])].join();
    const count = lookUps.reduce((sum, { keys, ranges }) => sum + keys.length + ranges.length, 0);
    return this.#observed('read', tables, count, () => this.#store.read(lookUps, options));
  }

  readState(): Promise<StateRecord | null> {
    return this.#observed('readState', 'state', 1, () => this.#store.readState());
  }

  async #observed<T>(call: StoreCall, tables: string, count: number, read: () => Promise<T>): Promise<T> {
    const attributes = { 'db.collection.name': tables, 'db.operation.batch.size': count };
    const span = startCall(this.#tracer, `store ${call}`, attributes);
    const begun = performance.now();
    let isAnswered = false;
    try {
      const value = await read();
      isAnswered = true;
      return value;
    } finally {
      this.#observer.storeCalled(call, (performance.now() - begun) / 1_000, isAnswered);
      endCall(span, isAnswered);
    }
  }
}

import type { Tracer } from '@opentelemetry/api';
import {
  type JointReadOptions,
  type LookUp,
  ReadingStore,
  type ReadResult,
  type ReadStore,
  type StateRecord,
} from '../../store/store.ts';
import type { Transport } from './request-scope.ts';
import { endCall, startCall } from './tracing.ts';

/** Is called about the work of a gateway, while it happens. */
export interface GatewayObserver {
  answered(answer: Answered): void;
  storeCalled(call: StoreCall, seconds: number, isAnswered: boolean): void;
}

/** A request that has been answered, or a subscription that has been opened or refused. */
export interface Answered {
  readonly transport: Transport;
  /** OK, or the code of the first error. */
  readonly outcome: string;
  /** Its name, given by the client; null if it has none, or is not an operation. */
  readonly operation: string | null;
  /** Null if it was not measured, since it was refused at once. */
  readonly seconds: number | null;
  /** What it cost the caller; null if it was not priced. */
  readonly cost: number | null;
}

const STORE_CALLS = ['read', 'readState'] as const;
export type StoreCall = (typeof STORE_CALLS)[number];

/** Ignores everything. */
export const NO_GATEWAY_OBSERVER: GatewayObserver = { answered() {}, storeCalled() {} };

/** A store that reports its calls to an observer, and makes each a span of its operation. */
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

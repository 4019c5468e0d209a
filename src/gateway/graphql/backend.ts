import type { Tracer } from '@opentelemetry/api';
import type { CommitBell } from '../../live/commit-bell.ts';
import { LiveEvents } from '../../live/live-events.ts';
import { SharedStore } from '../../query/shared-store.ts';
import { AnswerMemory } from '../limits/answer-memory.ts';
import type { Rank } from '../limits/lane.ts';
import { Turns } from '../limits/turns.ts';
import { ObservedStore } from '../observe/observed-store.ts';
import type { GatewayObserver } from '../observe/observer.ts';
import type { Backend } from '../resolvers/context.ts';

export interface BackendOptions extends Omit<Backend, 'live'> {
  /** That of an indexer in this process; without it, the log of events is looked at now and then. */
  readonly bell?: CommitBell | null | undefined;
  /** The most memory for what requests share of the chain far below the tip [none]. */
  readonly cacheBytes?: number | undefined;
}

/** What all requests of a gateway share. */
export interface SharedBackend extends Backend {
  readonly memory: AnswerMemory;
  readonly turns: Turns;
}

/** Who notices what is done. */
export interface Watchers {
  readonly observer: GatewayObserver;
  /** Makes spans of requests, operations and calls of the store; null for none. */
  readonly tracer: Tracer | null;
}

/** The log is read for all subscribers: it waits for nobody. */
const TAIL: Rank = { isStranger: false, weight: Number.POSITIVE_INFINITY };

/** The store as a gateway reads it: each call is observed. */
export function observedStore({ store }: BackendOptions, { observer, tracer }: Watchers): ObservedStore {
  return new ObservedStore(store, observer, tracer);
}

/** @param store observed: what is read for all is not remembered for requests */
export function sharedBackend(options: BackendOptions, store: ObservedStore): SharedBackend {
  const { log, bell = null, memory = new AnswerMemory() } = options;
  const turns = new Turns();
  const live = new LiveEvents({ store, log, bell, goOn: () => turns.laneOf(store, TAIL).goOn() });
  return { ...options, store: new SharedStore(store, options.cacheBytes ?? 0), memory, turns, live };
}

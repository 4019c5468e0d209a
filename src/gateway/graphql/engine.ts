import type { ApolloServer } from '@apollo/server';
import type { Tracer } from '@opentelemetry/api';
import type { GraphQLSchema } from 'graphql';
import type { CommitBell } from '../../live/commit-bell.ts';
import { LiveEvents } from '../../live/subscription.ts';
import { MiningOrders } from '../../mempool/mining-orders.ts';
import { NodeFees } from '../../mempool/node-fees.ts';
import { SharedStore } from '../../query/shared-store.ts';
import { ScriptChains } from '../../wallet/script-chain.ts';
import type { Rank } from '../limits/lane.ts';
import { AnswerMemory } from '../limits/memory.ts';
import { Turns } from '../limits/turns.ts';
import { type GatewayObserver, ObservedStore } from '../observe/observer.ts';
import { Documents } from '../requests/documents.ts';
import { type PersistedQueries, rememberedQueries } from '../requests/persisted-queries.ts';
import type { TrustedDocuments } from '../requests/trusted-documents.ts';
import type { Backend, RequestContext } from '../resolvers/context.ts';
import { createApollo } from './apollo.ts';
import { CompiledOperations, compilationPlugin } from './compilation/compiled-operations.ts';
import { type ShowError, showErrors } from './errors.ts';
import { observationPlugin } from './plugins.ts';
import { createSchema } from './schema.ts';

/** What answers GraphQL, over any transport. */
export interface Engine extends Watchers {
  readonly schema: GraphQLSchema;
  readonly backend: SharedBackend;
  readonly documents: Documents;
  readonly persisted: PersistedQueries;
  readonly compiled: CompiledOperations;
  readonly showError: ShowError;
  /** Started. */
  readonly apollo: ApolloServer<RequestContext>;
}

interface EngineOptions extends Watchers {
  readonly backend: SharedBackend;
  /** The only queries that are answered; null for any. */
  readonly trusted: TrustedDocuments | null;
}

export async function startEngine({ backend, trusted, observer, tracer }: EngineOptions): Promise<Engine> {
  const { log } = backend;
  const schema = createSchema();
  const compiled = new CompiledOperations(schema);
  const showError = showErrors(log);
  const documents = new Documents(schema, trusted);
  const persisted = trusted?.persisted ?? rememberedQueries();
  const plugins = [compilationPlugin(compiled, showError), observationPlugin(observer)];
  const apollo = createApollo({ schema, documents, log, plugins });
  await apollo.start();
  return { schema, backend, documents, persisted, compiled, showError, apollo, observer, tracer };
}

export interface BackendOptions extends Omit<Backend, 'live'> {
  /** Rung by an indexer in this process; without it, the log of events is polled. */
  readonly bell?: CommitBell | null | undefined;
  /** The most memory for shared data of the chain far below the tip [none]. */
  readonly cacheBytes?: number | undefined;
}

/** What all requests of a gateway share. */
interface SharedBackend extends Backend {
  readonly memory: AnswerMemory;
  readonly turns: Turns;
}

/** What observes the work. */
export interface Watchers {
  readonly observer: GatewayObserver;
  /** Makes spans of requests, operations and calls of the store; null for none. */
  readonly tracer: Tracer | null;
}

/** The log is read for all subscribers, so reading it never waits for a turn. */
const TAIL: Rank = { isStranger: false, weight: Number.POSITIVE_INFINITY };

/** The mempool is put in order for all requests: after callers with a key, and before strangers. */
const ORDERS: Rank = { isStranger: false, weight: 1 };

/** The store as a gateway reads it: each call is observed. */
export function observedStore({ store }: BackendOptions, { observer, tracer }: Watchers): ObservedStore {
  return new ObservedStore(store, observer, tracer);
}

/** @param store the observed store; events are read from it directly, requests read it through a cache */
export function sharedBackend(options: BackendOptions, store: ObservedStore): SharedBackend {
  const { log, bell = null, memory = new AnswerMemory() } = options;
  const turns = new Turns();
  const live = new LiveEvents({ store, log, bell, goOn: () => turns.laneOf(store, TAIL).goOn() });
  const shared = new SharedStore(store, options.cacheBytes ?? 0);
  const orders = new MiningOrders({ store: shared, goOn: () => turns.laneOf(shared, ORDERS).goOn() });
  const fees = options.node == null ? null : new NodeFees(options.node);
  const scripts = ScriptChains.prepared();
  return { ...options, store: shared, memory, turns, live, orders, fees, scripts };
}

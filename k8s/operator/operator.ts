import type { Logger } from 'pino';
import { pause } from '../../src/waiting.ts';
import type { ApiConnection } from './runtime/api-connection.ts';
import { CachedCluster } from './runtime/cached-cluster.ts';
import { Caches } from './runtime/caches.ts';
import { ClusterMemory } from './runtime/cluster-memory.ts';
import { CONTROLLER_TIMES, Controller, type ControllerTimes, type Leadership } from './runtime/controller.ts';
import { Discovery } from './runtime/discovery.ts';
import { ApiEventRecorder } from './runtime/event-recorder.ts';
import type { Health } from './runtime/health-server.ts';
import { type ElectionOptions, LeaseElector } from './runtime/lease-elector.ts';
import type { OperatorObserver } from './runtime/observer.ts';
import { OutsideCalls } from './runtime/outside-calls.ts';
import type { Reconciler } from './runtime/reconciler.ts';
import { REFLECTOR_TIMES, type ReflectorTimes } from './runtime/reflector.ts';
import type { ApiObject } from './runtime/resource.ts';
import { type Tenure, tenureUntil } from './runtime/tenure.ts';

export interface OperatorOptions {
  readonly connection: ApiConnection;
  /** One for each kind. */
  readonly reconcilers: readonly Reconciler<ApiObject>[];
  /** Where it looks for objects; null for everywhere. */
  readonly namespaces: readonly string[] | null;
  /** Null where there never is a second one. */
  readonly election: ElectionOptions | null;
  /** Which of several this is, as events tell it. */
  readonly identity: string;
  readonly log: Logger;
  readonly observer: OperatorObserver;
  /** How many objects of a kind are reconciled at once [4]. */
  readonly workers?: number;
  /** How many nodes and gateways are asked at once [64]. */
  readonly probes?: number;
  readonly times?: Partial<ControllerTimes & ReflectorTimes & MemoryTimes>;
}

export interface MemoryTimes {
  /** For how long what is not watched is remembered at most, where there is little of it: half of it in the mean. */
  readonly rememberMs: number;
}

/** What an operator has to do, by kind. */
export interface OperatorStatus {
  /** Objects that wait for a reconcile. */
  readonly depths: Readonly<Record<string, number>>;
  /** Objects that it knows of, also those that it only watches. */
  readonly objects: Readonly<Record<string, number>>;
}

const COMPONENT = 'bitql-operator';
const WORKERS = 4;
const PROBES = 64;
const REMEMBER_MS = 60_000;
const SYNC_CHECK_MS = 50;
/** How long kinds are waited for that can be done without. */
const SYNC_TIMEOUT_MS = 10_000;
const FLUSH_MS = 2_000;

/** Brings about what objects of our kinds ask for, while it leads. A second one stands by with everything in memory. */
export class Operator implements Health {
  readonly #options: OperatorOptions;
  readonly #caches: Caches;
  readonly #discovery: Discovery;
  readonly #controllers: readonly Controller<ApiObject>[];

  constructor(options: OperatorOptions) {
    const { connection, observer, log, reconcilers, namespaces, workers = WORKERS, probes = PROBES } = options;
    this.#options = options;
    this.#discovery = new Discovery(connection);
    const primaries = reconcilers.map(({ resource }) => resource);
    const times = { ...REFLECTOR_TIMES, ...options.times };
    const whole = reconcilers.flatMap(({ reads = [] }) => reads);
    this.#caches = new Caches({ primaries, whole }, namespaces, { connection, observer, log, times });
    const controllerOptions = {
      caches: this.#caches,
      log,
      observer,
      times: { ...CONTROLLER_TIMES, ...options.times },
      workers,
      outside: new OutsideCalls(probes),
    };
    this.#controllers = reconcilers.map((reconciler) => new Controller(reconciler, controllerOptions));
  }

  /**
   * Until the signal; what was begun then has a while to end, and the lease is given back.
   * @throws LEASE_LOST where another operator may lead: this process is to end, and to be started anew
   */
  async run(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const watching = this.#caches.run(ended.signal);
    try {
      await this.#synced(signal);
      const { election, connection, log, observer } = this.#options;
      const work = (tenure: Tenure) => this.#reconcile(tenure, signal);
      if (election !== null) await new LeaseElector(connection, election, log, observer).lead(work, signal);
      else if (!signal.aborted) await this.#leadAlone(work, ended.signal);
    } finally {
      ended.abort();
      await watching;
    }
  }

  live(): string | null {
    const hanging = this.#controllers.find((controller) => controller.hanging !== undefined);
    return hanging === undefined ? null : `The reconcile of ${hanging.kind} ${hanging.hanging} does not end.`;
  }

  ready(): string | null {
    const kindsOf = (caches: readonly { readonly resource: { readonly kind: string } }[]) =>
      caches.map(({ resource }) => resource.kind).join(', ');
    const late = this.#unread();
    if (late.length > 0) return `Not read yet: ${kindsOf(late)}.`;
    const missing = this.#primaries().filter(({ isServed }) => !isServed);
    return missing.length > 0 ? `The cluster has no ${kindsOf(missing)}: apply k8s/crds.` : null;
  }

  status(): OperatorStatus {
    const depths = this.#controllers.map(({ kind, depth }) => [kind, depth] as const);
    const objects: Record<string, number> = {};
    for (const { resource, size } of this.#caches.all()) objects[resource.kind] = (objects[resource.kind] ?? 0) + size;
    return { depths: Object.fromEntries(depths), objects };
  }

  /** All objects of the kinds that it is for, as the cluster last told. */
  objects(): readonly ApiObject[] {
    return this.#primaries().flatMap((cache) => cache.all());
  }

  #primaries() {
    return this.#options.reconcilers.map(({ resource }) => this.#caches.of(resource));
  }

  /** Kinds that reconcilers read from memory. Of others, what is not known is asked for: an API of which one is broken stops nothing else. */
  #unread() {
    return this.#caches.all().filter(({ isSynced, resource }) => !isSynced && this.#caches.isWhole(resource));
  }

  async #synced(signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    const isWaiting = () => {
      if (this.#unread().length > 0) return true;
      return this.#caches.all().some(({ isSynced }) => !isSynced) && performance.now() - begun < SYNC_TIMEOUT_MS;
    };
    while (!signal.aborted && isWaiting()) await pause(SYNC_CHECK_MS, signal);
    const problem = this.ready();
    if (problem !== null && !signal.aborted) this.#options.log.warn(problem);
  }

  async #leadAlone(work: (tenure: Tenure) => Promise<void>, end: AbortSignal): Promise<void> {
    this.#options.observer.leads(true);
    await work(tenureUntil(end));
    this.#options.observer.leads(false);
  }

  async #reconcile(tenure: Tenure, signal: AbortSignal): Promise<void> {
    const { connection, times } = this.#options;
    // What another operator wrote before this one led is not in it.
    const memory = new ClusterMemory(this.#caches, times?.rememberMs ?? REMEMBER_MS);
    const clusterUntil = (until: AbortSignal) =>
      new CachedCluster({ connection, discovery: this.#discovery, tenure, signal: until }, memory);
    const source = { component: COMPONENT, instance: this.#options.identity };
    const events = new ApiEventRecorder(clusterUntil(tenure.signal), source, this.#options.log);
    const leadership: Leadership = { tenure, events, clusterUntil };
    await Promise.all(this.#controllers.map((controller) => controller.run(leadership, signal)));
    // Who waits for the lease is not to wait for events.
    await Promise.race([events.flushed(), pause(FLUSH_MS, tenure.signal)]);
  }
}

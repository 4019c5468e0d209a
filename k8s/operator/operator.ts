import type { Logger } from 'pino';
import { type ServerAddress, serveText, type TextServer } from '../../src/text-server.ts';
import { pause } from '../../src/waiting.ts';
import { IndexReconciler } from './index/reconciler.ts';
import { NodeReconciler } from './node/reconciler.ts';
import type { ApiConnection } from './runtime/api-connection.ts';
import { CachedCluster, ClusterMemory } from './runtime/cached-cluster.ts';
import { Caches } from './runtime/caches.ts';
import { CONTROLLER_TIMES, Controller, type ControllerTimes, type Leadership } from './runtime/controller.ts';
import { Discovery } from './runtime/discovery.ts';
import { ApiEventRecorder } from './runtime/event-recorder.ts';
import { type ElectionOptions, LeaseElector } from './runtime/lease-elector.ts';
import type { OperatorObserver } from './runtime/observer.ts';
import { OutsideCalls } from './runtime/outside-calls.ts';
import type { Reconciler } from './runtime/reconciler.ts';
import { REFLECTOR_TIMES, type ReflectorTimes } from './runtime/reflector.ts';
import type { ApiObject } from './runtime/resource.ts';
import { type Tenure, tenureUntil } from './runtime/tenure.ts';
import { TriggerReconciler } from './trigger/reconciler.ts';

interface ReconcilerSettings {
  /** The BitQL image of indexers and gateways; null if the operator was given none. */
  readonly image: string | null;
  /** The kinds that triggers may create [`batch/v1/Job` only]. */
  readonly triggerKinds?: readonly string[];
}

/** The reconcilers of all kinds of ours. */
export function reconcilers({ image, triggerKinds }: ReconcilerSettings): readonly Reconciler<ApiObject>[] {
  return [new NodeReconciler(), new IndexReconciler({ image }), new TriggerReconciler(triggerKinds)];
}

export interface OperatorOptions {
  readonly connection: ApiConnection;
  /** One per kind. */
  readonly reconcilers: readonly Reconciler<ApiObject>[];
  /** The namespaces whose objects are reconciled; null for all. */
  readonly namespaces: readonly string[] | null;
  /** Null if there is never a second operator. */
  readonly election: ElectionOptions | null;
  /** The name of this instance in events. */
  readonly identity: string;
  readonly log: Logger;
  readonly observer: OperatorObserver;
  /** How many objects of a kind are reconciled at the same time [4]. */
  readonly workers?: number;
  /** How many calls to nodes and gateways are made at the same time [64]. */
  readonly probes?: number;
  readonly times?: Partial<ControllerTimes & ReflectorTimes & MemoryTimes>;
}

interface MemoryTimes {
  /** The longest time for which unwatched objects are remembered while there are few of them; the mean is half of it. */
  readonly rememberMs: number;
}

/** The work of an operator, by kind. */
interface OperatorStatus {
  /** Objects that wait for a reconcile. */
  readonly depths: Readonly<Record<string, number>>;
  /** Known objects, including those that are only watched. */
  readonly objects: Readonly<Record<string, number>>;
}

const COMPONENT = 'bitql-operator';
const WORKERS = 4;
const PROBES = 64;
const REMEMBER_MS = 60_000;
const SYNC_CHECK_MS = 50;
/** How long to wait for kinds that are not essential. */
const SYNC_TIMEOUT_MS = 10_000;
const FLUSH_MS = 2_000;

/**
 * Makes the cluster match the objects of our kinds while it leads. A second operator stands by, with the same objects in memory.
 */
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
   * Runs until the signal. Work in progress then has a while to end, and the lease is released.
   * @throws LEASE_LOST if another operator may lead: this process must exit and be restarted
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

  /** All objects of the reconciled kinds, as last reported by the cluster. */
  objects(): readonly ApiObject[] {
    return this.#primaries().flatMap((cache) => cache.all());
  }

  #primaries() {
    return this.#options.reconcilers.map(({ resource }) => this.#caches.of(resource));
  }

  /**
   * Kinds that reconcilers read from memory and that are not read yet. Objects of other kinds are requested when needed, so one
   * broken API stops nothing else.
   */
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
    // It must not contain what another operator wrote before this one led.
    const memory = new ClusterMemory(this.#caches, times?.rememberMs ?? REMEMBER_MS);
    const clusterUntil = (until: AbortSignal) =>
      new CachedCluster({ connection, discovery: this.#discovery, tenure, signal: until }, memory);
    const source = { component: COMPONENT, instance: this.#options.identity };
    const events = new ApiEventRecorder(clusterUntil(tenure.signal), source, this.#options.log);
    const leadership: Leadership = { tenure, events, clusterUntil };
    await Promise.all(this.#controllers.map((controller) => controller.run(leadership, signal)));
    // The next leader must not wait for events.
    await Promise.race([events.flushed(), pause(FLUSH_MS, tenure.signal)]);
  }
}

/** The state of an operator: null if all is well, otherwise the problem. */
export interface Health {
  live(): string | null;
  ready(): string | null;
}

const CHECKS = new Map<string, (health: Health) => string | null>([
  ['/livez', (health) => health.live()],
  ['/readyz', (health) => health.ready()],
]);

/** Serves /livez and /readyz for the probes of a Pod: 200, or 503 with the reason. */
export function serveHealth(health: Health, address: ServerAddress): Promise<TextServer> {
  return serveText({
    ...{ address, what: 'Health', flag: '--health' },
    answer: ({ url, method }, response) => {
      const check = method === 'GET' ? CHECKS.get(url ?? '') : undefined;
      if (check === undefined) return void response.writeHead(404).end('Use /livez and /readyz.\n');
      const problem = check(health);
      response.writeHead(problem === null ? 200 : 503, { 'Content-Type': 'text/plain' }).end(`${problem ?? 'ok'}\n`);
    },
  });
}

import type { Logger } from 'pino';
import { BitqlError } from '../../../src/errors.ts';
import { type BackoffTimes, Deadline, laterThan, steadyNow, untilAborted } from '../../../src/waiting.ts';
import type { Caches, KindCache } from './caches.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from './child.ts';
import { ClusterError, type KnownCluster } from './cluster.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { OperatorObserver, ReconcileOutcome } from './observer.ts';
import type { OutsideCalls } from './outside-calls.ts';
import type { Outside, ReconcileResult, Reconciler } from './reconciler.ts';
import {
  type ApiObject,
  contentOf,
  controllerOf,
  type KubernetesObject,
  keyFromText,
  keyOf,
  keyText,
  type ObjectKey,
} from './resource.ts';
import type { Tenure } from './tenure.ts';
import { WorkQueue } from './work-queue.ts';

export interface ControllerTimes {
  /** Times between attempts for an object whose reconcile fails. */
  readonly backoff: BackoffTimes;
  /** The time limit of a reconcile, after which its signal is aborted. */
  readonly reconcileMs: number;
  /** After this time, a reconcile that ignores its signal counts as hanging. */
  readonly hangMs: number;
  /** How long reconciles may continue after the operator was asked to stop. */
  readonly drainMs: number;
}

export const CONTROLLER_TIMES: ControllerTimes = {
  backoff: { firstMs: 500, longestMs: 5 * 60_000 },
  reconcileMs: 3 * 60_000,
  hangMs: 60_000,
  drainMs: 10_000,
};

interface ControllerOptions {
  readonly caches: Caches;
  readonly log: Logger;
  readonly observer: OperatorObserver;
  readonly times: ControllerTimes;
  /** How many objects are reconciled at the same time, not counting those that wait for something outside of the cluster. */
  readonly workers: number;
  readonly outside: OutsideCalls;
}

/** What a controller works with while its process leads. */
export interface Leadership {
  readonly tenure: Tenure;
  readonly events: EventRecorder;
  /** The cluster, with calls that end at the signal. */
  clusterUntil(signal: AbortSignal): KnownCluster;
}

/** How long to wait for a reconcile that ignores its signal when the process has to exit. */
const ABANDONED_AFTER_MS = 5_000;

/** Calls a reconciler for the objects of its kind (see `Reconciler`). */
export class Controller<T extends ApiObject> {
  readonly #reconciler: Reconciler<T>;
  readonly #options: ControllerOptions;
  readonly #log: Logger;
  readonly #cache: KindCache;
  readonly #queue: WorkQueue;
  /** When the signals of running reconciles were aborted, by `performance.now()`. */
  readonly #overdue = new Map<string, number>();

  constructor(reconciler: Reconciler<T>, options: ControllerOptions) {
    const { kind } = reconciler.resource;
    this.#reconciler = reconciler;
    this.#options = options;
    this.#log = options.log.child({ kind });
    this.#queue = new WorkQueue({ backoff: options.times.backoff, onAdd: () => options.observer.enqueued(kind) });
    this.#cache = options.caches.of(reconciler.resource);
    this.#cache.listen((object, change, before) => {
      // Nobody else writes its status.
      const isOnlyStatus = change === 'changed' && before !== undefined && contentOf(before) === contentOf(object);
      if (!isOnlyStatus) this.#add(keyOf(object));
    });
    this.#watchOthers();
  }

  get kind(): string {
    return this.#reconciler.resource.kind;
  }

  /** How many objects wait for a reconcile. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** A hanging reconcile; undefined for none. */
  get hanging(): string | undefined {
    const { hangMs } = this.#options.times;
    return [...this.#overdue].find(([, since]) => performance.now() - since > hangMs)?.[0];
  }

  /** Reconciles until the signal, then finishes work in progress. It ends at once when the tenure is over. */
  async run(leadership: Leadership, signal: AbortSignal): Promise<void> {
    const { tenure } = leadership;
    const { drainMs } = this.#options.times;
    const stopped = () => new BitqlError('LEASE_LOST', 'The operator is stopping.');
    const over = AbortSignal.any([laterThan(signal, drainMs, stopped), tenure.signal]);
    const stop = AbortSignal.any([signal, tenure.signal]);
    const work = (key: string) => this.#work(key, leadership, over);
    // A reconcile that ignores its signal is abandoned: the process is about to exit.
    const abandoned = untilAborted(laterThan(over, ABANDONED_AFTER_MS, stopped));
    await Promise.race([this.#queue.run(this.#options.workers, work, stop), abandoned]);
  }

  #watchOthers(): void {
    const { owns, watches = [], resource } = this.#reconciler;
    for (const owned of owns) {
      const cache = this.#options.caches.of(owned, `${MANAGED_BY_LABEL}=${MANAGED_BY}`);
      cache.listen((child, change) => {
        const owner = controllerOf(child, resource);
        const namespace = child.metadata.namespace ?? '';
        if (owner !== undefined && change !== 'relisted') this.#add({ namespace, name: owner.name });
      });
    }
    for (const { resource: other, labelSelector, keysOf, isNews = () => true } of watches) {
      this.#options.caches.of(other, labelSelector).listen((object, change, before) => {
        if (change === 'relisted') return;
        if (change === 'changed' && before !== undefined && !isNews(before, object)) return;
        for (const key of this.#guarded(() => keysOf(object, this.#objects()))) this.#add(key);
      });
    }
  }

  #objects(): readonly T[] {
    return this.#cache.all() as readonly ApiObject[] as readonly T[];
  }

  /** A bug in one reconciler must not keep the event from others. */
  #guarded(keys: () => readonly ObjectKey[]): readonly ObjectKey[] {
    try {
      return keys();
    } catch (error) {
      this.#log.error({ err: error }, 'The objects that a change concerns could not be found');
      return [];
    }
  }

  #add(key: ObjectKey): void {
    this.#queue.add(keyText(key));
  }

  async #work(text: string, leadership: Leadership, signal: AbortSignal): Promise<void> {
    const object = this.#cache.get(keyFromText(text));
    if (object === undefined) {
      this.#queue.forget(text);
      this.#reconciler.forget?.(keyFromText(text));
      return;
    }
    const begun = performance.now();
    let outcome: ReconcileOutcome = 'done';
    try {
      const { requeueAfterMs } = await this.#reconcile(text, object, leadership, signal);
      this.#queue.forget(text);
      if (requeueAfterMs !== undefined) this.#queue.addAfter(text, requeueAfterMs);
    } catch (error) {
      outcome = signal.aborted ? 'stopped' : this.#failed(text, error);
    } finally {
      this.#overdue.delete(text);
      this.#options.observer.reconciled(this.kind, outcome, (performance.now() - begun) / 1_000);
    }
  }

  async #reconcile(
    key: string,
    object: KubernetesObject,
    { events, clusterUntil }: Leadership,
    end: AbortSignal,
  ): Promise<ReconcileResult> {
    const { reconcileMs } = this.#options.times;
    const late = () => new BitqlError('TIMEOUT', `The reconcile took longer than ${reconcileMs / 1_000} s.`);
    using deadline = new Deadline(reconcileMs, late, end);
    const { signal } = deadline;
    signal.addEventListener('abort', () => this.#overdue.set(key, performance.now()), { once: true });
    const outside = this.#outsideOf(deadline);
    const context = { cluster: clusterUntil(signal), events, signal, now: Date.now, steadyNow, outside };
    // The object in the cache is shared.
    return await this.#reconciler.reconcile(structuredClone(object) as ApiObject as T, context);
  }

  #outsideOf(deadline: Deadline): Outside {
    return async (host, call, options = {}) => {
      const resume = deadline.pause();
      const begin = () => {
        resume();
        return call();
      };
      const { signal } = deadline;
      try {
        return await this.#queue.aside(() => this.#options.outside.run(host, begin, { ...options, signal }));
      } finally {
        resume();
      }
    };
  }

  #failed(key: string, error: unknown): ReconcileOutcome {
    const isConflict = error instanceof BitqlError && error.code === 'CLUSTER_CONFLICT';
    const isGone = this.#cache.get(keyFromText(key)) === undefined;
    const leastMs = (error instanceof ClusterError ? error.retryAfterMs : null) ?? 0;
    const retryMs = Math.round(this.#queue.retry(key, leastMs));
    const level = isConflict || isGone ? 'debug' : 'warn';
    this.#log[level]({ err: error, object: key, retryMs }, 'A reconcile failed');
    return isConflict || isGone ? 'conflict' : 'failed';
  }
}

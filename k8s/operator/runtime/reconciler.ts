import type { KnownCluster } from './cluster.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { OutsideOptions } from './outside-calls.ts';
import type { ApiObject, KubernetesObject, ObjectKey, Resource } from './resource.ts';

/** What a reconcile works with. */
export interface ReconcileContext {
  readonly cluster: KnownCluster;
  readonly events: EventRecorder;
  /** Aborted when another operator leads, when this one has to stop, and when the reconcile takes too long. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970, for what is told of when something was. */
  now(): number;
  /** Milliseconds of a clock that nobody sets, for how long something lasts. */
  steadyNow(): number;
  readonly outside: Outside;
}

/**
 * Waits for one call to what somebody else runs, such as a node: other objects are reconciled meanwhile. While it waits for its turn, the
 * time of the reconcile does not run.
 * @param host whom it is asked of, with the port: a host is only asked so much at once
 */
export type Outside = <T>(host: string, call: () => Promise<T>, options?: Pick<OutsideOptions, 'before'>) => Promise<T>;

export interface ReconcileResult {
  /** When to look again though nothing changed, in milliseconds [only on changes, and every ten minutes or so]. */
  readonly requeueAfterMs?: number;
}

/** Another kind whose changes matter. */
export interface Watched<T extends ApiObject> {
  readonly resource: Resource;
  /** Only objects with these labels, as kubectl's -l [all]. */
  readonly labelSelector?: string;
  /**
   * Which of the reconciled objects the change of such an object concerns. Of kinds that no reconciler of this operator is
   * for, it has its metadata alone.
   * @param cached all objects of the reconciler's own kind
   */
  keysOf(object: KubernetesObject, cached: readonly T[]): readonly ObjectKey[];
  /** Whether a change of one that was there before matters [each does]. */
  isNews?(before: KubernetesObject, now: KubernetesObject): boolean;
}

/**
 * Brings about what objects of a kind ask for. It is called with the object as it is now, one call a key at a time, whenever
 * more of it than its status, or something that it owns, may have changed; an error is tried again later, ever less often.
 */
export interface Reconciler<T extends ApiObject> {
  readonly resource: Resource;
  /**
   * Kinds of children: a change of one that has the label `app.kubernetes.io/managed-by=bitql-operator` enqueues the owner that
   * controls it. Kinds that the cluster does not serve are fine.
   */
  readonly owns: readonly Resource[];
  /** Which of the kinds that it owns or watches are read whole, from memory (`KnownCluster.read`) [none]; of others there is metadata. */
  readonly reads?: readonly Resource[];
  readonly watches?: readonly Watched<T>[];
  reconcile(object: T, context: ReconcileContext): Promise<ReconcileResult>;
  /** Lets go of what it kept for an object that is gone. */
  forget?(key: ObjectKey): void;
}

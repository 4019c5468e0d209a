import type { KnownCluster } from './cluster.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { OutsideOptions } from './outside-calls.ts';
import { type ApiObject, type KubernetesObject, keyOf, keyText, type ObjectKey, type Resource } from './resource.ts';

/** What a reconcile works with. */
export interface ReconcileContext {
  readonly cluster: KnownCluster;
  readonly events: EventRecorder;
  /** Aborted when another operator leads, when this one has to stop, and when the reconcile takes too long. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970, for reported times. */
  now(): number;
  /** Milliseconds of a steady clock, for durations. */
  steadyNow(): number;
  readonly outside: Outside;
}

/**
 * Calls something that others run, for example a node. Other objects are reconciled in the meantime. While the call waits for its
 * turn, the time of the reconcile stands still.
 * @param host the called host with its port; simultaneous calls per host are limited
 */
export type Outside = <T>(host: string, call: () => Promise<T>, options?: Pick<OutsideOptions, 'before'>) => Promise<T>;

export interface ReconcileResult {
  /** When to reconcile again without a change, in milliseconds [only after changes, and about every ten minutes]. */
  readonly requeueAfterMs?: number;
}

/** Another kind whose changes matter. */
export interface Watched<T extends ApiObject> {
  readonly resource: Resource;
  /** Only objects with these labels, in the syntax of kubectl's -l [all]. */
  readonly labelSelector?: string;
  /**
   * The reconciled objects that are affected by a change of the object. It has only its metadata unless a reconciler of this
   * operator is for its kind.
   * @param cached all objects of the reconciler's own kind
   */
  keysOf(object: KubernetesObject, cached: readonly T[]): readonly ObjectKey[];
  /** Whether a change of a known object matters [always]. */
  isNews?(before: KubernetesObject, now: KubernetesObject): boolean;
}

/**
 * Makes the cluster match the objects of a kind. It is called with the current object, once at a time per object, whenever more
 * than its status, or something that it owns, may have changed. After an error it is called again later, with growing delays.
 */
export interface Reconciler<T extends ApiObject> {
  readonly resource: Resource;
  /**
   * Kinds of children: a change of a child with the label `app.kubernetes.io/managed-by=bitql-operator` enqueues the owner that
   * controls it. The cluster need not serve the kinds.
   */
  readonly owns: readonly Resource[];
  /**
   * Those of its owned and watched kinds that are kept as whole objects (`KnownCluster.read`) [none]; of others only metadata is
   * kept.
   */
  readonly reads?: readonly Resource[];
  readonly watches?: readonly Watched<T>[];
  reconcile(object: T, context: ReconcileContext): Promise<ReconcileResult>;
  /** Drops the state of a deleted object. */
  forget?(key: ObjectKey): void;
}

/**
 * The state that a reconciler keeps for each object between reconciles. A new object of the same name starts with a new state.
 */
export class Rounds<Memory> {
  readonly #known = new Map<string, { readonly uid: string | undefined; readonly memory: Memory }>();

  /** @param begin makes the state for the first reconcile */
  of(object: ApiObject, begin: () => Memory): Memory {
    const key = keyText(keyOf(object));
    const { uid } = object.metadata;
    const known = this.#known.get(key);
    if (known !== undefined && known.uid === uid) return known.memory;
    const memory = begin();
    this.#known.set(key, { uid, memory });
    return memory;
  }

  forget(key: ObjectKey): void {
    this.#known.delete(keyText(key));
  }
}

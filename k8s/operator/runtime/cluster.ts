import type { ApiObject, Resource, ServedResource } from './resource.ts';

/** Who wrote a field, in server-side apply. */
export const FIELD_MANAGER = 'bitql-operator';

export interface ListOptions {
  /** Only objects there [all namespaces]. */
  readonly namespace?: string;
  /** As kubectl's -l: `app=x,tier!=y`. */
  readonly labelSelector?: string;
}

export interface CreateOptions {
  /** The name of a service account in the object's namespace: the object is made with its rights, not with ours. */
  readonly as?: string;
}

export interface DeleteOptions {
  /** Only the object with this uid, not one that came later under the same name. */
  readonly uid?: string;
  /** Only if it is still this version. */
  readonly resourceVersion?: string;
  /** Whether what it owns goes behind it or before it [Background]. */
  readonly propagation?: 'Background' | 'Foreground';
  /** As in `CreateOptions`. */
  readonly as?: string;
}

export interface StatusOptions {
  /** Only if the object is still of the version given; else CLUSTER_CONFLICT [false]. */
  readonly ifUnchanged?: boolean;
}

export interface ClusterReadOptions {
  /** Whether it is asked for in any case, as what is remembered turned out to be wrong [false]. */
  readonly isFresh?: boolean;
  /** Whether it is asked for where no watch knows it, as it may lack the labels that our watches go by [false]. */
  readonly mayLackLabels?: boolean;
}

export interface KeepOptions<T extends ApiObject> {
  /** Whether what is in its place may be changed. Of kinds that are watched, it may have its metadata alone. */
  isOurs(there: ApiObject): boolean;
  /** What it begins as where there is none [itself]. */
  readonly madeAs?: T;
}

/** An operation of JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

/**
 * A Kubernetes API. Objects come without `metadata.managedFields`. Every call has a deadline. Errors are BitqlErrors:
 * CLUSTER_UNAVAILABLE (also 429 and 5xx), CLUSTER_FORBIDDEN, CLUSTER_CONFLICT, CLUSTER_REFUSED; LEASE_LOST where another
 * operator leads, or this one is being stopped. Whoever reconciles passes them on: the controller tries again.
 */
export interface Cluster {
  /** Null where there is none. */
  get<T extends ApiObject>(resource: Resource, namespace: string, name: string): Promise<T | null>;
  list<T extends ApiObject>(resource: Resource, options?: ListOptions): Promise<T[]>;
  /** Makes or changes an object of ours by server-side apply, taking fields from whoever else wrote them. */
  apply<T extends ApiObject>(object: T): Promise<T>;
  /** The same for the status of an object; of the object given, only its name, uid and status are sent. */
  applyStatus<T extends ApiObject>(object: T, options?: StatusOptions): Promise<T>;
  create<T extends ApiObject>(object: T, options?: CreateOptions): Promise<'created' | 'exists'>;
  /** It being absent is fine. With a uid or a version that is not the object's, CLUSTER_CONFLICT. */
  delete(resource: Resource, namespace: string, name: string, options?: DeleteOptions): Promise<void>;
  /**
   * For finalizers, labels and the like of objects of others. A list of operations is a JSON patch, else it is a merge
   * patch; with `metadata.resourceVersion` in that, CLUSTER_CONFLICT if it is another version by now.
   */
  patch<T extends ApiObject>(
    resource: Resource,
    namespace: string,
    name: string,
    patch: readonly PatchOperation[] | Readonly<Record<string, unknown>>,
  ): Promise<T>;
  /**
   * Whether the API has the kind in this version; what it says is remembered for a minute, and for longer while it does not say. Null
   * where that is not known.
   */
  serves(resource: Resource): Promise<boolean | null>;
  /** How the API calls a kind; null where it has no such kind in this version. Remembered as by `serves`. */
  resourceOf(kind: Pick<Resource, 'apiVersion' | 'kind'>): Promise<ServedResource | null>;
}

/** A cluster of which much is known without asking: what its operator watches, what it read, and what it applied. */
export interface KnownCluster extends Cluster {
  /**
   * As `get`, from memory where that has it: kinds that are watched as whole objects are never asked for, others (Secrets) are read
   * again after half a minute, or some minutes where there are thousands. An object is everybody's: it is not to be changed.
   */
  read<T extends ApiObject>(
    resource: Resource,
    namespace: string,
    name: string,
    options?: ClusterReadOptions,
  ): Promise<T | null>;
  /**
   * As `apply`, where the object differs from what was applied last, or somebody changed what came of it, its status aside.
   * @returns what is there now, of watched kinds perhaps without more than its metadata; null where it is not ours, and left as it is
   */
  keep<T extends ApiObject>(object: T, options: KeepOptions<T>): Promise<ApiObject | null>;
  /** What an object controls of a kind that its reconciler owns, by its metadata at least, as it was last told. */
  owned(resource: Resource, owner: ApiObject): readonly ApiObject[];
}

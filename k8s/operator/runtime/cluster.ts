import { BitqlError, type ErrorCode } from '../../../src/errors.ts';
import { requestFailure } from '../../../src/failures/network.ts';
import type { ApiObject, Resource, ServedResource } from './resource.ts';

/** The owner of our fields in server-side apply. */
export const FIELD_MANAGER = 'bitql-operator';

export interface ListOptions {
  /** Only objects in this namespace [all]. */
  readonly namespace?: string;
  /** In the syntax of kubectl's -l: `app=x,tier!=y`. */
  readonly labelSelector?: string;
}

export interface CreateOptions {
  /** The name of a service account in the object's namespace. The object is created with its rights instead of ours. */
  readonly as?: string;
}

export interface DeleteOptions {
  /** Deletes only the object with this uid, not a later one of the same name. */
  readonly uid?: string;
  /** Deletes only this version. */
  readonly resourceVersion?: string;
  /** Whether its dependents are deleted after it or before it [Background]. */
  readonly propagation?: 'Background' | 'Foreground';
  /** As in `CreateOptions`. */
  readonly as?: string;
}

export interface StatusOptions {
  /** Fails with CLUSTER_CONFLICT if the object has another version by now [false]. */
  readonly ifUnchanged?: boolean;
}

export interface ClusterReadOptions {
  /** Whether to call the API even if the object is remembered, because what is remembered was wrong [false]. */
  readonly isFresh?: boolean;
  /** Whether to call the API if no watch knows it, because it may lack the labels that our watches select [false]. */
  readonly mayLackLabels?: boolean;
}

export interface KeepOptions<T extends ApiObject> {
  /** Whether the existing object may be changed. Of watched kinds, it may have only its metadata. */
  isOurs(there: ApiObject): boolean;
  /** The initial state of a new object [itself]. */
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
 * CLUSTER_UNAVAILABLE (also 429 and 5xx), CLUSTER_FORBIDDEN, CLUSTER_CONFLICT, CLUSTER_REFUSED; LEASE_LOST if another operator
 * leads or this one is stopping. Reconcilers pass them on, and the controller retries.
 */
export interface Cluster {
  /** Null if there is none. */
  get<T extends ApiObject>(resource: Resource, namespace: string, name: string): Promise<T | null>;
  list<T extends ApiObject>(resource: Resource, options?: ListOptions): Promise<T[]>;
  /** Creates or changes an object of ours by server-side apply, taking over fields that others wrote. */
  apply<T extends ApiObject>(object: T): Promise<T>;
  /** The same for the status of an object. Only its name, uid and status are sent. */
  applyStatus<T extends ApiObject>(object: T, options?: StatusOptions): Promise<T>;
  create<T extends ApiObject>(object: T, options?: CreateOptions): Promise<'created' | 'exists'>;
  /** Succeeds if there is none. CLUSTER_CONFLICT if uid or version do not match. */
  delete(resource: Resource, namespace: string, name: string, options?: DeleteOptions): Promise<void>;
  /**
   * For finalizers, labels and similar fields of others' objects. A list of operations is a JSON patch, anything else a merge
   * patch. If that has a `metadata.resourceVersion` other than the current one: CLUSTER_CONFLICT.
   */
  patch<T extends ApiObject>(
    resource: Resource,
    namespace: string,
    name: string,
    patch: readonly PatchOperation[] | Readonly<Record<string, unknown>>,
  ): Promise<T>;
  /**
   * Whether the API serves the kind in this version; null if not known. The answer is remembered for a minute, and for longer
   * while the API does not report it.
   */
  serves(resource: Resource): Promise<boolean | null>;
  /** The API's description of a kind; null if it does not serve the kind in this version. Remembered as in `serves`. */
  resourceOf(kind: Pick<Resource, 'apiVersion' | 'kind'>): Promise<ServedResource | null>;
}

/** A cluster with a memory of what its operator watches, read and applied. */
export interface KnownCluster extends Cluster {
  /**
   * As `get`, from memory if possible: kinds that are watched whole are never requested; others (Secrets) are read again after
   * half a minute, or after minutes if there are thousands. The object is shared and must not be changed.
   */
  read<T extends ApiObject>(
    resource: Resource,
    namespace: string,
    name: string,
    options?: ClusterReadOptions,
  ): Promise<T | null>;
  /**
   * As `apply`, if the object differs from what was last applied, or somebody changed the result (except its status).
   * @returns the current object, of watched kinds perhaps only its metadata; null if it is not ours and was left alone
   */
  keep<T extends ApiObject>(object: T, options: KeepOptions<T>): Promise<ApiObject | null>;
  /**
   * The known objects of a kind that an object controls, at least their metadata. The kind must be in its reconciler's `owns`.
   */
  owned(resource: Resource, owner: ApiObject): readonly ApiObject[];
}

/** An unsuccessful answer of the API, or no answer. */
export class ClusterError extends BitqlError {
  /** The HTTP status; null without an answer. */
  readonly status: number | null;
  /** Kubernetes' reason: `AlreadyExists`, `Conflict`, `Expired`; empty if it gives none. */
  readonly reason: string;
  /** The Retry-After of the server. */
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, answer: ErrorAnswer = NO_ANSWER, cause?: unknown) {
    super(code, message, cause);
    this.name = 'ClusterError';
    this.status = answer.status;
    this.reason = answer.reason;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

interface ErrorAnswer {
  readonly status: number | null;
  readonly reason: string;
  readonly retryAfterMs: number | null;
}

const NO_ANSWER: ErrorAnswer = { status: null, reason: '', retryAfterMs: null };
const MAX_MESSAGE_LENGTH = 1_000;
/** A longer Retry-After is cut to this. */
const MAX_RETRY_AFTER_SECONDS = 300;

/** Older servers answer 500 to an unknown field, and always will. */
const UNKNOWN_FIELD = /failed to create typed patch object/;

/**
 * The error for an unsuccessful answer.
 * @param what the request, for example `GET /api/v1/pods`
 * @param body a Status of Kubernetes, or the text of a proxy
 */
export function errorOfAnswer(what: string, status: number, body: string, retryAfter?: string): ClusterError {
  const { reason, message } = statusOf(body);
  const seconds = /^\d+$/.test(retryAfter ?? '') ? Math.min(Number(retryAfter), MAX_RETRY_AFTER_SECONDS) : null;
  const answer = { status, reason, retryAfterMs: seconds === null ? null : seconds * 1_000 };
  const text = `The cluster answered ${status} to ${what}: ${message.slice(0, MAX_MESSAGE_LENGTH)}`;
  return new ClusterError(UNKNOWN_FIELD.test(message) ? 'CLUSTER_REFUSED' : codeOf(status), text, answer);
}

/** The error for a call without an answer: no connection, an interrupted one, or a timeout. */
export function clusterUnreachable(what: string, cause: unknown): ClusterError {
  return new ClusterError(
    'CLUSTER_UNAVAILABLE',
    `The cluster did not answer ${what}: ${requestFailure(cause)}.`,
    NO_ANSWER,
    cause,
  );
}

export function hasStatus(error: unknown, status: number): error is ClusterError {
  return error instanceof ClusterError && error.status === status;
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'CLUSTER_FORBIDDEN';
  if (status === 409) return 'CLUSTER_CONFLICT';
  return status === 429 || status >= 500 ? 'CLUSTER_UNAVAILABLE' : 'CLUSTER_REFUSED';
}

function statusOf(body: string): { reason: string; message: string } {
  try {
    const { reason, message } = JSON.parse(body) as { reason?: unknown; message?: unknown };
    return { reason: typeof reason === 'string' ? reason : '', message: String(message ?? '') };
  } catch {
    return { reason: '', message: body };
  }
}

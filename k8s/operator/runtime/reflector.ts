import type { Logger } from 'pino';
import { type BackoffTimes, backoffMs, Deadline, pause } from '../../../src/waiting.ts';
import type { ApiConnection } from './api-connection.ts';
import { ClusterError, errorOfAnswer, hasStatus } from './cluster-error.ts';
import type { OperatorObserver, WatchEnd } from './observer.ts';
import {
  type ApiObject,
  collectionPath,
  type KubernetesObject,
  keyOf,
  keyText,
  type Resource,
  withoutManagers,
} from './resource.ts';
import { type WatchEvent, watchEvents } from './watch-events.ts';

export interface ReflectorTimes {
  readonly backoff: BackoffTimes;
  /** Nothing came for that long, not even a bookmark (one a minute): the connection may be dead. */
  readonly idleMs: number;
  /** How long the server is asked to keep a watch open; between this and twice as long, by chance. */
  readonly watchSeconds: number;
  /** All is listed anew after that long, should an event ever have been missed. */
  readonly relistMs: number;
  /** How long until it is looked again whether a kind is served that was not. */
  readonly unservedMs: number;
}

export const REFLECTOR_TIMES: ReflectorTimes = {
  backoff: { firstMs: 1_000, longestMs: 30_000 },
  idleMs: 90_000,
  watchSeconds: 300,
  relistMs: 10 * 60_000,
  unservedMs: 60_000,
};

export interface ReflectorOptions {
  readonly connection: ApiConnection;
  readonly observer: OperatorObserver;
  readonly log: Logger;
  readonly times: ReflectorTimes;
}

/** Which objects. */
export interface Selection {
  readonly resource: Resource;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  /** Whether only metadata are asked for: that of a Secret has no secrets, and that of a Pod is small. */
  readonly metadataOnly: boolean;
}

export type ObjectChange = 'changed' | 'deleted';
/**
 * `relisted` ones may be as they were. Each version of an object is told of once, be it that this process wrote it or that a watch
 * brought it.
 * @param before undefined for a new one
 */
export type OnChange = (
  object: KubernetesObject,
  change: ObjectChange | 'relisted',
  before: KubernetesObject | undefined,
) => void;

interface ListChunk {
  /** Older servers say null for none. */
  readonly items: readonly KubernetesObject[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

const PAGE = '500';
const METADATA_TYPES = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  one: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
} as const;

/**
 * Keeps a copy of the objects of a kind: lists them, then watches from the version of the list on. What is cut goes on from the last
 * version that was seen; a version that the server has forgotten (410) is answered by listing again.
 */
export class Reflector {
  readonly #selection: Selection;
  readonly #options: ReflectorOptions;
  readonly #onChange: OnChange;
  #objects = new Map<string, KubernetesObject>();
  /** Up to where all is known; null: nothing is, or not any more. */
  #version: string | null = null;
  #listedAt = 0;
  #isSynced = false;
  #isServed = true;
  #failures = 0;
  /** What this process wrote while all was listed. */
  readonly #noted = new Set<string>();

  constructor(selection: Selection, onChange: OnChange, options: ReflectorOptions) {
    this.#selection = selection;
    this.#onChange = onChange;
    this.#options = options;
  }

  /** By `NAMESPACE/NAME`. */
  get objects(): ReadonlyMap<string, KubernetesObject> {
    return this.#objects;
  }

  /** Whether all that there was has been seen once; of a kind that is not served there is nothing. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Whether the cluster has the kind, as far as is known. */
  get isServed(): boolean {
    return this.#isServed;
  }

  /** Takes in what this process wrote itself, before the watch tells of it. */
  note(object: ApiObject): void {
    const key = keyText(keyOf(object));
    const known = this.#objects.get(key);
    if (known === undefined || !isNewerOf(object, known)) return;
    this.#noted.add(key);
    this.#keep(this.#asKept(object), known);
  }

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version === null || performance.now() - this.#listedAt > this.#options.times.relistMs) {
          await this.#list(signal);
        }
        const end = await this.#watch(signal);
        this.#options.observer.watchEnded(this.#selection.resource.kind, end);
        // A server that ends watches at once is not to be asked in a circle.
        if (this.#failures++ > 0) await pause(backoffMs(this.#options.times.backoff, this.#failures - 2), signal);
      } catch (error) {
        if (!signal.aborted) await pause(this.#afterFailure(error), signal);
      }
    }
  }

  /** @returns how long to wait */
  #afterFailure(error: unknown): number {
    const { observer, times, log } = this.#options;
    const { kind } = this.#selection.resource;
    const isExpired = hasStatus(error, 410);
    observer.watchEnded(kind, isExpired ? 'expired' : 'error');
    if (isExpired || hasStatus(error, 404)) this.#version = null;
    if (hasStatus(error, 404)) {
      this.#isServed = false;
      this.#replace(new Map());
      return times.unservedMs;
    }
    const wait = backoffMs(times.backoff, this.#failures++);
    const least = (error instanceof ClusterError ? error.retryAfterMs : null) ?? 0;
    // One cut of a connection is nothing to write home about.
    if (!isExpired) log[this.#failures > 1 ? 'warn' : 'debug']({ err: error, kind }, 'Watching is interrupted');
    return Math.max(wait, least);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const found = new Map<string, KubernetesObject>();
    this.#noted.clear();
    let rest: string | undefined;
    for (;;) {
      const { items, metadata } = await this.#page(rest, signal);
      for (const item of items ?? []) {
        const object = this.#asKept(item);
        found.set(keyText(keyOf(object)), object);
      }
      rest = metadata.continue === '' ? undefined : metadata.continue;
      if (rest !== undefined) continue;
      this.#isServed = true;
      this.#replace(found);
      this.#version = metadata.resourceVersion;
      this.#listedAt = performance.now();
      return;
    }
  }

  #page(rest: string | undefined, signal: AbortSignal): Promise<ListChunk> {
    const query = { ...this.#query(), limit: PAGE, continue: rest };
    return this.#options.connection.json<ListChunk>({ ...this.#request('list'), query }, { signal });
  }

  /** Takes what was listed for what there is, and tells of the difference. */
  #replace(found: Map<string, KubernetesObject>): void {
    const before = this.#objects;
    for (const [key, known] of before) {
      const now = found.get(key);
      // It was written by us behind the list. All else that the list has is so, also where a server was restored to what it was before.
      if (now !== undefined && this.#noted.has(key) && isNewerOf(known, now)) found.set(key, known);
    }
    this.#objects = found;
    this.#isSynced = true;
    for (const [key, known] of before) if (!found.has(key)) this.#onChange(known, 'deleted', known);
    for (const [key, now] of found) {
      const known = before.get(key);
      const isSame = known?.metadata.resourceVersion === now.metadata.resourceVersion;
      this.#onChange(now, isSame ? 'relisted' : 'changed', known);
    }
  }

  /** Until the server ends it in its time, or nothing comes any more. */
  async #watch(signal: AbortSignal): Promise<WatchEnd> {
    const { idleMs, watchSeconds } = this.#options.times;
    const idle = new Error('idle');
    using deadline = new Deadline(idleMs, () => idle, signal);
    const query = {
      ...this.#query(),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version!,
      timeoutSeconds: String(Math.ceil(watchSeconds * (1 + Math.random()))),
    };
    try {
      const stream = await this.#options.connection.stream({ ...this.#request('one'), query }, deadline.signal);
      for await (const event of watchEvents(stream, () => deadline.extend())) this.#take(event);
      return 'closed';
    } catch (error) {
      if (deadline.signal.reason === idle) return 'idle';
      throw error;
    }
  }

  #take({ type, object }: WatchEvent): void {
    if (type === 'ERROR') throw errorOfStatus(this.#selection.resource, object);
    this.#version = object.metadata.resourceVersion!;
    this.#failures = 0;
    if (type === 'BOOKMARK') return;
    const kept = this.#asKept(object);
    const key = keyText(keyOf(kept));
    const known = this.#objects.get(key);
    if (type === 'DELETED') {
      this.#objects.delete(key);
      this.#onChange(kept, 'deleted', known);
      return;
    }
    // What was noted was told of then, with all that others wrote before it.
    if (known === undefined || isNewer(kept, known)) this.#keep(kept, known);
  }

  #keep(object: KubernetesObject, before: KubernetesObject | undefined): void {
    this.#objects.set(keyText(keyOf(object)), object);
    this.#onChange(object, 'changed', before);
  }

  /** Items of lists do not say their kind, and those of metadata alone another one. */
  #asKept(object: ApiObject): KubernetesObject {
    const { resource, metadataOnly } = this.#selection;
    const { apiVersion, kind } = resource;
    return withoutManagers({ ...(metadataOnly ? { metadata: object.metadata } : object), apiVersion, kind });
  }

  #query() {
    return { labelSelector: this.#selection.labelSelector };
  }

  #request(shape: keyof typeof METADATA_TYPES) {
    const { resource, namespace, metadataOnly } = this.#selection;
    const path = collectionPath(resource, namespace);
    return { method: 'GET', path, accept: metadataOnly ? METADATA_TYPES[shape] : 'application/json' } as const;
  }
}

/** Versions of one kind's objects are numbers that only grow. */
function isNewer(object: ApiObject, than: ApiObject): boolean {
  return BigInt(object.metadata.resourceVersion ?? 0) > BigInt(than.metadata.resourceVersion ?? 0);
}

/** A later version of the same object, not one that came under its name. */
function isNewerOf(object: ApiObject, than: ApiObject): boolean {
  return object.metadata.uid === than.metadata.uid && isNewer(object, than);
}

function errorOfStatus({ plural }: Resource, status: KubernetesObject): ClusterError {
  const code = typeof status.code === 'number' ? status.code : 500;
  return errorOfAnswer(`a watch of ${plural}`, code, JSON.stringify(status));
}

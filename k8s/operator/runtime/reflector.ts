import type { Logger } from 'pino';
import { type BackoffTimes, backoffMs, Deadline, pause } from '../../../src/waiting.ts';
import type { ApiConnection } from './api-connection.ts';
import { ClusterError, hasStatus } from './cluster.ts';
import {
  errorOfStatus,
  listPages,
  type ObjectPage,
  type PageQuery,
  requestOf,
  type Selection,
  type WatchEvent,
  watchEvents,
} from './list-watch.ts';
import type { OperatorObserver, WatchEnd } from './observer.ts';
import {
  type ApiObject,
  isNewer,
  isNewerOf,
  type KubernetesObject,
  keyOf,
  keyText,
  withoutManagers,
} from './resource.ts';

export interface ReflectorTimes {
  readonly backoff: BackoffTimes;
  /** After this time without any data, even a bookmark (one per minute), the connection may be dead. */
  readonly idleMs: number;
  /** How long the server is asked to keep a watch open: a random time between this and twice as long. */
  readonly watchSeconds: number;
  /** All objects are listed again after this time, in case an event was missed. */
  readonly relistMs: number;
  /** How long until an unserved kind is requested again. */
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

type ObjectChange = 'changed' | 'deleted';
/**
 * A change of an object. After `relisted` it may be unchanged. Each version is reported once, whether this process wrote it or a
 * watch reported it.
 * @param before undefined for a new object
 */
export type OnChange = (
  object: KubernetesObject,
  change: ObjectChange | 'relisted',
  before: KubernetesObject | undefined,
) => void;

/**
 * Keeps a copy of the objects of a kind: lists them, then watches from the version of the list on. After an interruption it
 * continues from the last seen version. If the server has forgotten that version (410), it lists again.
 */
export class Reflector {
  readonly #selection: Selection;
  readonly #options: ReflectorOptions;
  readonly #onChange: OnChange;
  #objects = new Map<string, KubernetesObject>();
  /** The version up to which everything is known; null if a list is needed. */
  #version: string | null = null;
  #listedAt = 0;
  #isSynced = false;
  #isServed = true;
  #failures = 0;
  /** Objects that this process wrote during the current list. */
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

  /** Whether a list was completed once. A kind that is not served counts as empty. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Whether the cluster serves the kind, as far as known. */
  get isServed(): boolean {
    return this.#isServed;
  }

  /** Stores an object that this process wrote, before the watch reports it. */
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
        // A server that ends watches at once must not be asked in a tight loop.
        if (this.#failures++ > 0) await pause(backoffMs(this.#options.times.backoff, this.#failures - 2), signal);
      } catch (error) {
        if (!signal.aborted) await pause(this.#afterFailure(error), signal);
      }
    }
  }

  /** @returns how long to wait, in milliseconds */
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
    // A single interruption is not worth a warning.
    if (!isExpired) log[this.#failures > 1 ? 'warn' : 'debug']({ err: error, kind }, 'Watching is interrupted');
    return Math.max(wait, least);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const found = new Map<string, KubernetesObject>();
    let version = '';
    this.#noted.clear();
    for await (const { items, metadata } of listPages((part) => this.#page(part, signal))) {
      for (const item of items ?? []) {
        const object = this.#asKept(item);
        found.set(keyText(keyOf(object)), object);
      }
      version = metadata.resourceVersion;
    }
    this.#isServed = true;
    this.#replace(found);
    this.#version = version;
    this.#listedAt = performance.now();
  }

  #page(part: PageQuery, signal: AbortSignal): Promise<ObjectPage> {
    return this.#options.connection.json<ObjectPage>(requestOf(this.#selection, 'list', { ...part }), { signal });
  }

  /** Replaces all objects by those of a list, and reports the differences. */
  #replace(found: Map<string, KubernetesObject>): void {
    const before = this.#objects;
    for (const [key, known] of before) {
      const now = found.get(key);
      // We wrote it after the list was made. In all other cases the list is right, even if the server was restored to an older
      // state.
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

  /** Watches until the server ends it regularly, or nothing arrives any more. */
  async #watch(signal: AbortSignal): Promise<WatchEnd> {
    const { idleMs, watchSeconds } = this.#options.times;
    const idle = new Error('idle');
    using deadline = new Deadline(idleMs, () => idle, signal);
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version!,
      timeoutSeconds: String(Math.ceil(watchSeconds * (1 + Math.random()))),
    };
    try {
      const stream = await this.#options.connection.stream(requestOf(this.#selection, 'one', query), deadline.signal);
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
    // A noted version was reported then, together with all earlier changes by others.
    if (known === undefined || isNewer(kept, known)) this.#keep(kept, known);
  }

  #keep(object: KubernetesObject, before: KubernetesObject | undefined): void {
    this.#objects.set(keyText(keyOf(object)), object);
    this.#onChange(object, 'changed', before);
  }

  /** Items of lists do not have their kind, and metadata-only objects have another one. */
  #asKept(object: ApiObject): KubernetesObject {
    const { resource, metadataOnly } = this.#selection;
    const { apiVersion, kind } = resource;
    return withoutManagers({ ...(metadataOnly ? { metadata: object.metadata } : object), apiVersion, kind });
  }
}

import { LRUCache } from 'lru-cache';
import { ApiCluster, type ApiClusterOptions } from './api-cluster.ts';
import type { Caches } from './caches.ts';
import type { ClusterReadOptions, KeepOptions, KnownCluster } from './cluster.ts';
import type { Discovery } from './discovery.ts';
import {
  type ApiObject,
  contentOf,
  digestOf,
  type KubernetesObject,
  keyOf,
  keyText,
  type ObjectKey,
  type Resource,
} from './resource.ts';

/** A cluster that is asked only for unknown objects and is sent only differences. */
export class CachedCluster extends ApiCluster implements KnownCluster {
  readonly #memory: ClusterMemory;
  readonly #discovery: Discovery;

  constructor(options: Omit<ApiClusterOptions, 'onWritten'>, memory: ClusterMemory) {
    super({ ...options, onWritten: (object) => memory.note(object) });
    this.#memory = memory;
    this.#discovery = options.discovery;
  }

  async read<T extends ApiObject>(
    resource: Resource,
    namespace: string,
    name: string,
    { isFresh = false, mayLackLabels = false }: ClusterReadOptions = {},
  ): Promise<T | null> {
    const key = { namespace, name };
    const known = isFresh ? undefined : this.#memory.whole(resource, key, mayLackLabels);
    if (known !== undefined) return known as T | null;
    const found = await this.get<T>(resource, namespace, name);
    this.#memory.remember(resource, key, found);
    return found;
  }

  async keep<T extends ApiObject>(object: T, { isOurs, madeAs }: KeepOptions<T>): Promise<ApiObject | null> {
    const resource = await this.#discovery.resourceOf(object);
    const key = keyOf(object);
    const watched = this.#memory.watched(resource, key);
    const known = watched ?? this.#memory.whole(resource, key) ?? null;
    if (known !== null && this.#memory.isApplied(object, known)) return known;
    // An object that is not watched, or was not seen yet, may belong to anybody by now.
    const there = watched ?? (await this.get(resource, key.namespace, key.name));
    if (there !== null && !isOurs(there)) return null;
    if (there !== null) this.#memory.noteChild(there);
    if (there !== null && this.#memory.isApplied(object, there)) return there;
    if (there === null && madeAs !== undefined) await this.create(madeAs);
    const applied = await this.apply(object);
    this.#memory.noteApplied(object, applied);
    return applied;
  }

  owned(resource: Resource, owner: ApiObject): readonly ApiObject[] {
    return this.#memory.owned(resource, owner);
  }
}

/** The last applied state, and its result. */
interface Applied {
  readonly desired: string;
  readonly content: string;
  /** The resourceVersion with which the object last had this content. */
  version: string | undefined;
}

/** The longest time for which a missing object is remembered while few are missing: somebody may be about to create it. */
const MISSING_MS = 10_000;
const MAX_APPLIED = 100_000;
const MAX_REMEMBERED = 50_000;
const MAX_REMEMBERED_BYTES = 64 * 1024 * 1024;
/** With a resolution, an entry that expires in the same millisecond as another one may stay, and count. */
const PURGED = { ttlAutopurge: true, ttlResolution: 0 } as const;
/** How many unwatched objects are read again per second, whatever their number. */
const REREADS_PER_SECOND = 4;

/**
 * What a leading operator knows of its cluster: watched objects, what it read of the others, and what it applied. Unwatched
 * objects (Secrets: watching them needs the right to read all of them) are read again now and then, at random times.
 */
export class ClusterMemory {
  readonly #caches: Caches;
  readonly #shortestMs: number;
  readonly #applied = new LRUCache<string, Applied>({ max: MAX_APPLIED });
  readonly #remembered = new LRUCache<string, ApiObject>({
    max: MAX_REMEMBERED,
    maxSize: MAX_REMEMBERED_BYTES,
    sizeCalculation: (object) => JSON.stringify(object).length,
    ...PURGED,
  });
  /** Objects that were requested and did not exist. */
  readonly #missing = new LRUCache<string, true>({ max: MAX_REMEMBERED, ...PURGED });

  /** @param shortestMs the longest time for which objects are remembered while there are few of them */
  constructor(caches: Caches, shortestMs: number) {
    this.#caches = caches;
    this.#shortestMs = shortestMs;
  }

  /**
   * A whole object: null if there is none, undefined if that is not known.
   * @param mayLackLabels whether it may exist without being in a watch
   */
  whole(resource: Resource, key: ObjectKey, mayLackLabels = false): ApiObject | null | undefined {
    const watched = this.#caches.isWhole(resource) ? (this.#caches.find(resource, key) ?? null) : undefined;
    if (watched) return watched;
    return watched === null && !mayLackLabels ? null : this.#recall(idOf(resource, key));
  }

  /** The watched object in the place of a child, at least its metadata. */
  watched(resource: Resource, key: ObjectKey): ApiObject | undefined {
    return this.#caches.find(resource, key);
  }

  /** All watched objects of a kind that an object controls. */
  owned(resource: Resource, { metadata }: ApiObject): readonly ApiObject[] {
    return metadata.uid === undefined ? [] : [...this.#caches.ownedBy(resource, metadata.uid)];
  }

  /** Stores an object that was written. */
  note(object: ApiObject): void {
    const key = keyOf(object);
    if (this.#caches.isWatched(object)) this.#caches.note(object);
    if (this.#recall(idOf(object, key)) !== undefined) this.remember(object, key, object);
  }

  /** Stores an object that was read, of a kind that is not watched whole; null if there is none. */
  remember(resource: Pick<Resource, 'apiVersion' | 'kind'>, key: ObjectKey, object: ApiObject | null): void {
    const id = idOf(resource, key);
    if (object === null) {
      this.#remembered.delete(id);
      this.#missing.set(id, true, { ttl: ttlOf(Math.min(MISSING_MS, this.#shortestMs), this.#missing.size) });
    } else {
      this.#missing.delete(id);
      this.#remembered.set(id, object, { ttl: ttlOf(this.#shortestMs, this.#remembered.size) });
    }
  }

  /** Whether an object is still the result of applying the desired one. */
  isApplied(desired: ApiObject, there: ApiObject): boolean {
    const applied = this.#applied.get(idOf(desired, keyOf(desired)));
    if (applied === undefined || applied.desired !== digestOf(desired)) return false;
    const { resourceVersion } = there.metadata;
    if (applied.version === resourceVersion) return true;
    if (applied.content !== contentOf(this.#asWatched(there))) return false;
    applied.version = resourceVersion;
    return true;
  }

  /** Stores the object in the place of a child. */
  noteChild(there: ApiObject): void {
    if (!this.#caches.isWatched(there)) this.remember(there, keyOf(there), there);
  }

  noteApplied(desired: ApiObject, there: ApiObject): void {
    this.noteChild(there);
    const content = contentOf(this.#asWatched(there));
    const version = there.metadata.resourceVersion;
    this.#applied.set(idOf(desired, keyOf(desired)), { desired: digestOf(desired), content, version });
  }

  /** The watched part of an object, so that watched and written states compare equal. */
  #asWatched(object: ApiObject): KubernetesObject {
    const { apiVersion, kind, metadata } = object;
    return this.#caches.isWatched(object) && !this.#caches.isWhole(object)
      ? { apiVersion, kind, metadata }
      : { ...object };
  }

  #recall(id: string): ApiObject | null | undefined {
    return this.#missing.has(id) ? null : this.#remembered.get(id);
  }
}

/**
 * A random time, so that objects that were read together are not read again together. @param count the number of remembered
 * objects
 */
function ttlOf(shortestMs: number, count: number): number {
  // The mean is half of that.
  const longestMs = Math.max(shortestMs, (2_000 * count) / REREADS_PER_SECOND);
  return 1 + Math.floor(Math.random() * longestMs);
}

function idOf({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>, key: ObjectKey): string {
  return `${apiVersion} ${kind} ${keyText(key)}`;
}

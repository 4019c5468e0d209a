import { LRUCache } from 'lru-cache';
import type { Caches } from './caches.ts';
import { contentOf, digestOf } from './content.ts';
import { type ApiObject, type KubernetesObject, keyOf, keyText, type ObjectKey, type Resource } from './resource.ts';

/** What was applied, and what came of it. */
interface Applied {
  readonly desired: string;
  readonly content: string;
  /** Of the object when it was last seen to be so. */
  version: string | undefined;
}

/** For how long it is remembered at most that there is none, where little is missing: somebody may be about to make it. */
const MISSING_MS = 10_000;
const MAX_APPLIED = 100_000;
const MAX_REMEMBERED = 50_000;
const MAX_REMEMBERED_BYTES = 64 * 1024 * 1024;
/** So many objects that are not watched are read again in a second, however many there are. */
const REREADS_PER_SECOND = 4;

/**
 * What an operator that leads knows of its cluster without asking: what is watched, what it read of the rest, and what it applied. What
 * is not watched (Secrets: the right to watch them is one to read them all) is read again now and then, at times that chance spreads.
 */
export class ClusterMemory {
  readonly #caches: Caches;
  readonly #shortestMs: number;
  readonly #applied = new LRUCache<string, Applied>({ max: MAX_APPLIED });
  readonly #remembered = new LRUCache<string, ApiObject>({
    max: MAX_REMEMBERED,
    maxSize: MAX_REMEMBERED_BYTES,
    sizeCalculation: (object) => JSON.stringify(object).length,
    ttlAutopurge: true,
  });
  /** What was asked for and not there. */
  readonly #missing = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttlAutopurge: true });

  /** @param shortestMs for how long what was read is remembered at most, where there is little of it */
  constructor(caches: Caches, shortestMs: number) {
    this.#caches = caches;
    this.#shortestMs = shortestMs;
  }

  /**
   * Null where there is none, undefined where that is not known.
   * @param mayLackLabels whether it may be there though no watch tells of it
   */
  whole(resource: Resource, key: ObjectKey, mayLackLabels = false): ApiObject | null | undefined {
    const watched = this.#caches.isWhole(resource) ? (this.#caches.find(resource, key) ?? null) : undefined;
    if (watched) return watched;
    return watched === null && !mayLackLabels ? null : this.#recall(idOf(resource, key));
  }

  /** What is watched in the place of a child, by its metadata at least. */
  watched(resource: Resource, key: ObjectKey): ApiObject | undefined {
    return this.#caches.find(resource, key);
  }

  /** All of a kind that an object controls, as far as they are watched. */
  owned(resource: Resource, { metadata }: ApiObject): readonly ApiObject[] {
    return metadata.uid === undefined ? [] : [...this.#caches.ownedBy(resource, metadata.uid)];
  }

  /** Takes in what was written. */
  note(object: ApiObject): void {
    const key = keyOf(object);
    if (this.#caches.isWatched(object)) this.#caches.note(object);
    if (this.#recall(idOf(object, key)) !== undefined) this.remember(object, key, object);
  }

  /** Takes in what was read, of a kind that is not watched whole; null stands for none. */
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

  /** Whether an object is what came of applying the desired one. */
  isApplied(desired: ApiObject, there: ApiObject): boolean {
    const applied = this.#applied.get(idOf(desired, keyOf(desired)));
    if (applied === undefined || applied.desired !== digestOf(desired)) return false;
    const { resourceVersion } = there.metadata;
    if (applied.version === resourceVersion) return true;
    if (applied.content !== contentOf(this.#asWatched(there))) return false;
    applied.version = resourceVersion;
    return true;
  }

  /** Takes in what is in the place of a child. */
  noteChild(there: ApiObject): void {
    if (!this.#caches.isWatched(there)) this.remember(there, keyOf(there), there);
  }

  noteApplied(desired: ApiObject, there: ApiObject): void {
    this.noteChild(there);
    const content = contentOf(this.#asWatched(there));
    const version = there.metadata.resourceVersion;
    this.#applied.set(idOf(desired, keyOf(desired)), { desired: digestOf(desired), content, version });
  }

  /** The same part of it, whoever told of it. */
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

/** None is read as often as another where all came at once. @param count how many are read again */
function ttlOf(shortestMs: number, count: number): number {
  // Half of that in the mean.
  const longestMs = Math.max(shortestMs, (2_000 * count) / REREADS_PER_SECOND);
  return 1 + Math.floor(Math.random() * longestMs);
}

function idOf({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>, key: ObjectKey): string {
  return `${apiVersion} ${kind} ${keyText(key)}`;
}

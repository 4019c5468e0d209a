import { KindCache } from './kind-cache.ts';
import type { ReflectorOptions } from './reflector.ts';
import type { ApiObject, KubernetesObject, ObjectKey, Resource } from './resource.ts';

export interface KeptKinds {
  /** Kinds that are reconciled: whole, and all of them. */
  readonly primaries: readonly Resource[];
  /** Kinds that are kept as whole objects, too; all others as metadata alone. */
  readonly whole: readonly Resource[];
}

/** One cache for each kind and selection, whoever asks for it. */
export class Caches {
  readonly #caches = new Map<string, KindCache>();
  /** The same, by kind alone. */
  readonly #byKind = new Map<string, readonly KindCache[]>();
  readonly #primaries: ReadonlySet<string>;
  readonly #whole: ReadonlySet<string>;
  readonly #namespaces: readonly string[] | null;
  readonly #options: ReflectorOptions;

  /** @param namespaces null for all */
  constructor({ primaries, whole }: KeptKinds, namespaces: readonly string[] | null, options: ReflectorOptions) {
    this.#primaries = new Set(primaries.map(nameOf));
    this.#whole = new Set([...primaries, ...whole].map(nameOf));
    this.#namespaces = namespaces;
    this.#options = options;
  }

  of(resource: Resource, labelSelector?: string): KindCache {
    const isPrimary = this.#primaries.has(nameOf(resource));
    const selector = isPrimary ? undefined : labelSelector;
    const name = `${nameOf(resource)} ${selector ?? ''}`;
    const known = this.#caches.get(name);
    if (known !== undefined) return known;
    const { times, ...options } = this.#options;
    // Its definition may be about to be applied.
    const patience = isPrimary ? { ...times, unservedMs: Math.min(times.unservedMs, 5_000) } : times;
    const selection = { resource, labelSelector: selector, metadataOnly: !this.isWhole(resource) };
    const cache = new KindCache(selection, this.#namespaces, { ...options, times: patience });
    this.#caches.set(name, cache);
    this.#byKind.set(nameOf(resource), [...this.#ofKind(resource), cache]);
    return cache;
  }

  all(): readonly KindCache[] {
    return [...this.#caches.values()];
  }

  isWatched(kind: KindName): boolean {
    return this.#byKind.has(nameOf(kind));
  }

  /** Whether it is watched as whole objects. */
  isWhole(kind: KindName): boolean {
    return this.#whole.has(nameOf(kind));
  }

  /** An object of a kind that is watched. */
  find(kind: KindName, key: ObjectKey): KubernetesObject | undefined {
    for (const cache of this.#ofKind(kind)) {
      const found = cache.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Objects of a kind that the object with this uid controls. */
  *ownedBy(kind: KindName, uid: string): Generator<KubernetesObject> {
    for (const cache of this.#ofKind(kind)) yield* cache.ownedBy(uid);
  }

  /** Takes in a whole object that this process wrote. */
  note(object: ApiObject): void {
    for (const cache of this.#ofKind(object)) cache.note(object);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.all().map((cache) => cache.run(signal)));
  }

  #ofKind(kind: KindName): readonly KindCache[] {
    return this.#byKind.get(nameOf(kind)) ?? [];
  }
}

type KindName = Pick<Resource, 'apiVersion' | 'kind'>;

function nameOf({ apiVersion, kind }: KindName): string {
  return `${apiVersion} ${kind}`;
}

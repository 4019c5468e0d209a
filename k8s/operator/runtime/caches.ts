import type { Selection } from './list-watch.ts';
import { type OnChange, Reflector, type ReflectorOptions } from './reflector.ts';
import { type ApiObject, type KubernetesObject, keyOf, keyText, type ObjectKey, type Resource } from './resource.ts';

interface KeptKinds {
  /** The reconciled kinds: all of their objects, whole. */
  readonly primaries: readonly Resource[];
  /** Further kinds that are kept as whole objects; of all others only metadata is kept. */
  readonly whole: readonly Resource[];
}

/** One cache for each kind and selection, shared by all users. */
export class Caches {
  readonly #caches = new Map<string, KindCache>();
  /** The same caches, by kind alone. */
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
    // Its CRD may be applied soon.
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

  /** Whether whole objects of the kind are watched. */
  isWhole(kind: KindName): boolean {
    return this.#whole.has(nameOf(kind));
  }

  /** A watched object. */
  find(kind: KindName, key: ObjectKey): KubernetesObject | undefined {
    for (const cache of this.#ofKind(kind)) {
      const found = cache.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Watched objects of a kind that the object with this uid controls. */
  *ownedBy(kind: KindName, uid: string): Generator<KubernetesObject> {
    for (const cache of this.#ofKind(kind)) yield* cache.ownedBy(uid);
  }

  /** Stores a whole object that this process wrote. */
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

/** All objects of a kind in the operator's namespaces, and the listeners to their changes. */
export class KindCache {
  readonly resource: Resource;
  readonly #reflectors: readonly Reflector[];
  readonly #listeners: OnChange[] = [];
  /** Objects by the uid of their controller, then by `NAMESPACE/NAME`. */
  readonly #owned = new Map<string, Map<string, KubernetesObject>>();

  /** @param namespaces null for all */
  constructor(
    selection: Omit<Selection, 'namespace'>,
    namespaces: readonly string[] | null,
    options: ReflectorOptions,
  ) {
    this.resource = selection.resource;
    const report: OnChange = (object, change, before) => {
      if (before !== undefined) this.#disown(before);
      if (change !== 'deleted') this.#own(object);
      for (const listener of this.#listeners) listener(object, change, before);
    };
    this.#reflectors = (namespaces ?? [undefined]).map(
      (namespace) => new Reflector({ ...selection, namespace }, report, options),
    );
  }

  get isSynced(): boolean {
    return this.#reflectors.every(({ isSynced }) => isSynced);
  }

  get isServed(): boolean {
    return this.#reflectors.every(({ isServed }) => isServed);
  }

  get size(): number {
    return this.#reflectors.reduce((sum, { objects }) => sum + objects.size, 0);
  }

  get(key: ObjectKey): KubernetesObject | undefined {
    const text = keyText(key);
    return this.#reflectors.map(({ objects }) => objects.get(text)).find((object) => object !== undefined);
  }

  all(): KubernetesObject[] {
    return this.#reflectors.flatMap(({ objects }) => [...objects.values()]);
  }

  /** Objects that the object with this uid controls. */
  ownedBy(uid: string): Iterable<KubernetesObject> {
    return this.#owned.get(uid)?.values() ?? [];
  }

  listen(listener: OnChange): void {
    this.#listeners.push(listener);
  }

  note(object: ApiObject): void {
    for (const reflector of this.#reflectors) reflector.note(object);
  }

  #own(object: KubernetesObject): void {
    const uid = ownerOf(object);
    if (uid === undefined) return;
    const owned = this.#owned.get(uid) ?? new Map<string, KubernetesObject>();
    this.#owned.set(uid, owned.set(keyText(keyOf(object)), object));
  }

  #disown(object: KubernetesObject): void {
    const uid = ownerOf(object);
    const owned = uid === undefined ? undefined : this.#owned.get(uid);
    owned?.delete(keyText(keyOf(object)));
    if (owned?.size === 0) this.#owned.delete(uid!);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }
}

function ownerOf({ metadata }: ApiObject): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
}

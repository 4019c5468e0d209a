import { KindCache } from './kind-cache.ts';
import type { ReflectorOptions } from './reflector.ts';
import type { ApiObject, Resource } from './resource.ts';

/** One cache for each kind and selection, whoever asks for it. Kinds that nobody reconciles are kept as metadata alone. */
export class Caches {
  readonly #caches = new Map<string, KindCache>();
  readonly #primaries: ReadonlySet<string>;
  readonly #namespaces: readonly string[] | null;
  readonly #options: ReflectorOptions;

  /**
   * @param primaries the kinds that are reconciled
   * @param namespaces null for all
   */
  constructor(primaries: readonly Resource[], namespaces: readonly string[] | null, options: ReflectorOptions) {
    this.#primaries = new Set(primaries.map(nameOf));
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
    const selection = { resource, labelSelector: selector, metadataOnly: !isPrimary };
    const cache = new KindCache(selection, this.#namespaces, { ...options, times: patience });
    this.#caches.set(name, cache);
    return cache;
  }

  all(): readonly KindCache[] {
    return [...this.#caches.values()];
  }

  /** Takes in a whole object that this process wrote. */
  note(object: ApiObject): void {
    if (this.#primaries.has(nameOf(object))) this.of({ ...object, plural: '' }).note(object);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.all().map((cache) => cache.run(signal)));
  }
}

function nameOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  return `${apiVersion} ${kind}`;
}

import { ApiCluster, type ApiClusterOptions } from './api-cluster.ts';
import type { ClusterReadOptions, KeepOptions, KnownCluster } from './cluster.ts';
import type { ClusterMemory } from './cluster-memory.ts';
import type { Discovery } from './discovery.ts';
import { type ApiObject, keyOf, type Resource } from './resource.ts';

/** A cluster that is only asked for what is not known, and only told what differs. */
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
    // What is not watched, or was not seen yet, may be anybody's by now.
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

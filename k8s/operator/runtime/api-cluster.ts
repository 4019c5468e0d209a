import type { ApiConnection, ApiRequest } from './api-connection.ts';
import {
  type Cluster,
  ClusterError,
  type CreateOptions,
  type DeleteOptions,
  FIELD_MANAGER,
  hasStatus,
  type ListOptions,
  type PatchOperation,
  type StatusOptions,
} from './cluster.ts';
import type { Discovery } from './discovery.ts';
import { listPages, type ObjectPage, type PageQuery } from './list-watch.ts';
import {
  type ApiObject,
  collectionPath,
  keyOf,
  objectPath,
  type Resource,
  type ServedResource,
  withoutManagers,
} from './resource.ts';
import type { Tenure } from './tenure.ts';

export interface ApiClusterOptions {
  readonly connection: ApiConnection;
  readonly discovery: Discovery;
  /** Nothing is written outside of this time. */
  readonly tenure: Tenure;
  /** Ends all calls. */
  readonly signal: AbortSignal;
  /** Called with each object that was changed, in its new state. */
  readonly onWritten?: (object: ApiObject) => void;
}

/** A cluster, through its API. */
export class ApiCluster implements Cluster {
  readonly #options: ApiClusterOptions;

  constructor(options: ApiClusterOptions) {
    this.#options = options;
  }

  async get<T extends ApiObject>(resource: Resource, namespace: string, name: string): Promise<T | null> {
    try {
      return withoutManagers(await this.#call<T>({ method: 'GET', path: objectPath(resource, { namespace, name }) }));
    } catch (error) {
      if (hasStatus(error, 404)) return null;
      throw error;
    }
  }

  async list<T extends ApiObject>(resource: Resource, { namespace, labelSelector }: ListOptions = {}): Promise<T[]> {
    const { apiVersion, kind } = resource;
    const path = collectionPath(resource, namespace);
    const page = (part: PageQuery) =>
      this.#call<ObjectPage>({ method: 'GET', path, query: { ...part, labelSelector } });
    const found: T[] = [];
    for await (const { items } of listPages(page)) {
      // Items of a list do not say their kind.
      for (const item of items ?? []) found.push(withoutManagers({ ...item, apiVersion, kind } as unknown as T));
    }
    return found;
  }

  async apply<T extends ApiObject>(object: T): Promise<T> {
    return this.#apply(object, objectPath(await this.#resourceOf(object), keyOf(object)));
  }

  async applyStatus<T extends ApiObject>(object: T, { ifUnchanged = false }: StatusOptions = {}): Promise<T> {
    const { apiVersion, kind, metadata, status } = object as T & { readonly status?: unknown };
    const { name, namespace, uid, resourceVersion } = metadata;
    const identity = {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(ifUnchanged && { resourceVersion }),
    };
    const path = `${objectPath(await this.#resourceOf(object), keyOf(object))}/status`;
    const applied = await this.#apply({ apiVersion, kind, metadata: identity, status } as unknown as T, path);
    // The API does not compare uids here. A status that went to the wrong object is corrected by the reconcile of that object.
    if (uid === undefined || applied.metadata.uid === uid) return applied;
    throw new ClusterError('CLUSTER_CONFLICT', `${kind} ${name} was replaced by another object of the same name.`);
  }

  async create<T extends ApiObject>(object: T, { as }: CreateOptions = {}): Promise<'created' | 'exists'> {
    const path = collectionPath(await this.#resourceOf(object), object.metadata.namespace);
    const query = { fieldManager: FIELD_MANAGER };
    try {
      await this.#write({ method: 'POST', path, query, body: object, as: userOf(as, object.metadata.namespace) });
      return 'created';
    } catch (error) {
      if (hasStatus(error, 409) && error.reason === 'AlreadyExists') return 'exists';
      throw error;
    }
  }

  async delete(resource: Resource, namespace: string, name: string, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagation = 'Background', as } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation,
      preconditions: { uid, resourceVersion },
    };
    const path = objectPath(resource, { namespace, name });
    try {
      await this.#write({ method: 'DELETE', path, body, as: userOf(as, namespace) });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
    }
  }

  async patch<T extends ApiObject>(
    resource: Resource,
    namespace: string,
    name: string,
    patch: readonly PatchOperation[] | Readonly<Record<string, unknown>>,
  ): Promise<T> {
    const contentType = Array.isArray(patch) ? 'application/json-patch+json' : 'application/merge-patch+json';
    const query = { fieldManager: FIELD_MANAGER };
    const path = objectPath(resource, { namespace, name });
    return this.#written(await this.#write<T>({ method: 'PATCH', path, query, body: patch, contentType }));
  }

  serves(resource: Resource): Promise<boolean | null> {
    return this.#options.discovery.serves(resource);
  }

  resourceOf(kind: Pick<Resource, 'apiVersion' | 'kind'>): Promise<ServedResource | null> {
    return this.#options.discovery.find(kind);
  }

  async #apply<T extends ApiObject>(body: T, path: string): Promise<T> {
    const query = { fieldManager: FIELD_MANAGER, force: 'true' };
    const contentType = 'application/apply-patch+yaml'; // JSON is a subset of YAML
    return this.#written(await this.#write<T>({ method: 'PATCH', path, query, body, contentType }));
  }

  #resourceOf(object: ApiObject): Promise<Resource> {
    return this.#options.discovery.resourceOf(object);
  }

  #written<T extends ApiObject>(answer: T): T {
    const object = withoutManagers(answer);
    this.#options.onWritten?.(object);
    return object;
  }

  #write<T>(request: ApiRequest): Promise<T> {
    this.#options.tenure.assertHeld();
    return this.#call(request);
  }

  #call<T>(request: ApiRequest): Promise<T> {
    return this.#options.connection.json<T>(request, { signal: this.#options.signal });
  }
}

function userOf(serviceAccount: string | undefined, namespace: string | undefined): string | undefined {
  if (serviceAccount === undefined) return undefined;
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}

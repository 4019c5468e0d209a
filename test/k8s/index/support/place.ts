import { until } from '../../../../dev/until.ts';
import type { Condition } from '../../../../k8s/api/conditions.ts';
import type { BitcoinIndex } from '../../../../k8s/api/kinds.ts';
import { INDEX } from '../../../../k8s/operator/index/names.ts';
import { collectionPath, objectPath, type Resource } from '../../../../k8s/operator/runtime/resource.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';

interface SomeObject {
  readonly metadata?: { readonly name?: string; readonly generation?: number };
}

/** A namespace, and a test's operations in it with all rights. */
export class Place {
  readonly namespace: string;
  readonly #api: KubernetesApi;

  private constructor(api: KubernetesApi, namespace: string) {
    this.#api = api;
    this.namespace = namespace;
  }

  static async make(api: KubernetesApi, namespace: string): Promise<Place> {
    const place = new Place(api, namespace);
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await place.#call('POST', '/api/v1/namespaces', object);
    return place;
  }

  /** By server-side apply, which takes over fields from anybody. */
  async apply(resource: Resource, name: string, body: object): Promise<void> {
    const { apiVersion, kind } = resource;
    const object = { apiVersion, kind, metadata: { name, namespace: this.namespace }, ...body };
    const path = `${this.#path(resource, name)}?fieldManager=test&force=true`;
    await this.#call('PATCH', path, object, 'application/apply-patch+yaml');
  }

  async patch(resource: Resource, name: string, body: object): Promise<void> {
    await this.#call('PATCH', this.#path(resource, name), body, 'application/merge-patch+json');
  }

  async delete(resource: Resource, name: string): Promise<void> {
    await this.#call('DELETE', this.#path(resource, name));
  }

  get<T>(resource: Resource, name: string): Promise<T> {
    return this.#call<T>('GET', this.#path(resource, name));
  }

  async list<T extends SomeObject = SomeObject>(resource: Resource): Promise<T[]> {
    return (await this.#call<{ items: T[] }>('GET', collectionPath(resource, this.namespace))).items;
  }

  async names(resource: Resource): Promise<string[]> {
    return (await this.list(resource)).map(({ metadata }) => metadata!.name!);
  }

  index(name: string): Promise<BitcoinIndex> {
    return this.get<BitcoinIndex>(INDEX, name);
  }

  untilCondition(name: string, type: string, status: Condition['status'], reason?: string): Promise<Condition> {
    let seen: BitcoinIndex | undefined;
    const met = async () => {
      seen = await this.index(name);
      const found = conditionOf(seen, type);
      return found?.status === status && (reason === undefined || found.reason === reason) && found;
    };
    const what = `${type} of ${this.namespace}/${name} to be ${status} ${reason ?? ''}`;
    return until(what, met, { intervalMs: 100 }).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(seen?.status)}`);
    });
  }

  #path(resource: Resource, name: string): string {
    return objectPath(resource, { namespace: this.namespace, name });
  }

  async #call<T>(method: string, path: string, body?: object, contentType?: string): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.#api.request(method, path, text, contentType);
    if (answer.status >= 300) throw new Error(`${answer.status} to ${method} ${path}: ${answer.body}`);
    return JSON.parse(answer.body) as T;
  }
}

export function conditionOf({ status }: BitcoinIndex, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

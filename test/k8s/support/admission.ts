import { beforeAll } from 'vitest';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { readCrds } from './crds.ts';

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/**
 * The answer of a current API server to objects of our kinds: schemas, unknown fields, and rules in CEL. It is empty if
 * the object is accepted, otherwise the reason.
 */
export class Admission {
  readonly #api: KubernetesApi;
  readonly #namespace: string;
  readonly #crds = readCrds();
  #made = 0;

  static async open(): Promise<Admission> {
    const api = await sharedKubernetes();
    const namespace = `admission-${crypto.randomUUID()}`;
    const { status, body } = await api.request(
      'POST',
      '/api/v1/namespaces',
      JSON.stringify({ metadata: { name: namespace } }),
    );
    if (status !== 201) throw new Error(`${namespace} is refused: ${body}`);
    return new Admission(api, namespace);
  }

  private constructor(api: KubernetesApi, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
  }

  /** For a new object. */
  async ofNew(object: Named): Promise<string> {
    const { apiVersion, kind, metadata, ...rest } = object;
    const named = { apiVersion, kind, metadata: { name: metadata.name }, ...rest };
    return (await this.#send('POST', this.#path(object), named, '&dryRun=All')).refusal;
  }

  /** For an update of a spec. */
  async ofChange(before: Named, after: Named): Promise<string> {
    const { name, metadata } = await this.#make(before);
    return this.#replace(`${this.#path(before)}/${name}`, { ...after, metadata });
  }

  /** For the status of an object. */
  async ofStatus(object: Named): Promise<string> {
    const { name, metadata } = await this.#make(object);
    return this.#replace(`${this.#path(object)}/${name}/status`, { ...object, metadata });
  }

  /** Under a unique name. */
  async #make({ apiVersion, kind, ...rest }: Named): Promise<{ name: string; metadata: object }> {
    const name = `made-${++this.#made}`;
    const object = { ...rest, apiVersion, kind, metadata: { name } };
    const { refusal, body } = await this.#send('POST', this.#path({ apiVersion, kind }), object);
    if (refusal !== '') throw new Error(refusal);
    return { name, metadata: { name, resourceVersion: JSON.parse(body).metadata.resourceVersion } };
  }

  async #replace(path: string, object: object): Promise<string> {
    return (await this.#send('PUT', path, object, '&dryRun=All')).refusal;
  }

  async #send(method: string, path: string, object: object, query = ''): Promise<{ refusal: string; body: string }> {
    const text = JSON.stringify(object);
    const { status, body } = await this.#api.request(method, `${path}?fieldValidation=Strict${query}`, text);
    if (status < 300) return { refusal: '', body };
    if (status !== 400 && status !== 422) throw new Error(`${method} ${path} gave ${status}: ${body}`);
    return { refusal: JSON.parse(body).message, body };
  }

  #path({ apiVersion, kind }: Pick<Named, 'apiVersion' | 'kind'>): string {
    const { spec } = this.#crds.find(({ spec: { names } }) => names.kind === kind)!;
    return `/apis/${apiVersion}/namespaces/${this.#namespace}/${spec.names.plural}`;
  }
}

/** One for all tests of a suite. @returns it, while tests run */
export function admissionForAll(): () => Admission {
  let admission: Admission;

  beforeAll(async () => {
    admission = await Admission.open();
  });

  return () => admission;
}

import { setTimeout as pause } from 'node:timers/promises';
import { registerVersion, unregisterVersion } from './api-services.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const AGAIN_MS = 100;

interface CrdEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'ERROR' | 'BOOKMARK';
  readonly object: {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly group: string;
      readonly versions: readonly { readonly name: string; readonly served: boolean }[];
    };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  };
}

/**
 * Makes kube-apiserver delegate to apiextensions-apiserver each version of a group while a CRD defines it, by an
 * APIService. In a usual cluster both are one program, which does that itself.
 */
export class CrdGroups implements AsyncDisposable {
  readonly #api: KubernetesApi;
  readonly #server: { readonly port: number; readonly priority: number };
  readonly #stop = new AbortController();
  /** The versions of each CRD, as VERSION.GROUP, by its name. */
  readonly #defined = new Map<string, readonly string[]>();
  readonly #registered = new Set<string>();
  #following: Promise<void> | null = null;

  /** @param port the port of apiextensions-apiserver on this machine */
  constructor(api: KubernetesApi, port: number) {
    this.#api = api;
    this.#server = { port, priority: 100 };
  }

  /** Begins with the group of CRDs itself. Once that is served, all others follow. */
  async begin(): Promise<boolean> {
    await registerVersion(this.#api, 'v1.apiextensions.k8s.io', this.#server);
    if ((await this.#api.request('GET', CRDS)).status !== 200) return false;
    this.#following ??= this.#follow();
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        for await (const event of this.#api.watch<CrdEvent>(CRDS, signal)) await this.#heed(event);
      } catch {
        // kube-apiserver is restarting, or everything is ending.
      }
      await pause(AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #heed({ type, object: { metadata, spec, status } }: CrdEvent): Promise<void> {
    if (type === 'DELETED') this.#defined.delete(metadata.name);
    else if (status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True')) {
      const served = spec.versions.filter((version) => version.served);
      this.#defined.set(
        metadata.name,
        served.map(({ name }) => `${name}.${spec.group}`),
      );
    }
    const wanted = new Set([...this.#defined.values()].flat());
    for (const name of wanted) {
      if (!this.#registered.has(name)) await registerVersion(this.#api, name, this.#server);
      this.#registered.add(name);
    }
    for (const name of this.#registered) {
      if (wanted.has(name)) continue;
      await unregisterVersion(this.#api, name);
      this.#registered.delete(name);
    }
  }
}

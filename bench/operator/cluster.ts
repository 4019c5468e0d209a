import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import type { BitcoinNode } from '../../k8s/api/kinds.ts';
import { INDEX } from '../../k8s/operator/index/names.ts';
import { NODE } from '../../k8s/operator/node/names.ts';
import { DEPLOYMENT, SECRET } from '../../k8s/operator/runtime/kinds.ts';
import { type ApiObject, collectionPath, objectPath, type Resource } from '../../k8s/operator/runtime/resource.ts';
import { BITQL, cleanEnvironment } from '../../test/cli/support.ts';
import type { KubernetesApi } from '../../test/services/kubernetes-api.ts';

export const NAMESPACE = 'bench';
const LOGIN = 'login';
const STORE = 'store';
/** The number of our own requests at once. */
const AT_ONCE = 16;
const PRELOAD = fileURLToPath(new URL('service-names.mjs', import.meta.url));

interface Deployment extends ApiObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number; readonly observedGeneration?: number };
}

interface WithConditions extends ApiObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** A namespace with external nodes, an index for each, and an operator process that manages it. */
export class BenchCluster implements AsyncDisposable {
  readonly #api: KubernetesApi;
  readonly #sandbox = new Sandbox('bench-operator');
  readonly #limit = pLimit(AT_ONCE);

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  /** @param urls of the nodes */
  async fill(urls: readonly string[]): Promise<void> {
    await this.#call('POST', '/api/v1/namespaces', {
      ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    });
    await this.#create(SECRET, LOGIN, { stringData: { username: 'a', password: 'b' } });
    await this.#create(SECRET, STORE, { stringData: { uri: 'mongodb://a:b@store.example/bitql' } });
    await Promise.all(urls.map((url, n) => this.addNode(`node-${n}`, url)));
    const store = { secretRef: { name: STORE } };
    await Promise.all(
      urls.map((_, n) => this.#create(INDEX, `index-${n}`, { spec: { nodeRef: { name: `node-${n}` }, store } })),
    );
  }

  async addNode(name: string, url: string): Promise<void> {
    const external = { url, secretRef: { name: LOGIN }, zmq: [] };
    await this.#create(NODE, name, { spec: { network: 'Regtest', external } });
  }

  async node(name: string): Promise<BitcoinNode> {
    return this.#call('GET', objectPath(NODE, { namespace: NAMESPACE, name }));
  }

  startOperator(): SandboxProcess {
    // Without a Lease, which a busy machine may let run out.
    const options = ['--kubeconfig', this.#api.kubeconfigPath, '--lease-name', 'none'];
    const args = ['--import', PRELOAD, BITQL, 'operator', ...options];
    const env = { ...cleanEnvironment(), BITQL_IMAGE: 'registry.example/bitql:1.0.0' };
    return this.#sandbox.start('operator', process.execPath, args, env);
  }

  /** Reports the Pods of Deployments as ready, as a cluster would; nothing runs them here. */
  async runPods(): Promise<void> {
    const late = (await this.#list<Deployment>(DEPLOYMENT)).filter(
      ({ status, metadata }) => status?.observedGeneration !== metadata.generation,
    );
    await Promise.all(late.map((deployment) => this.#runPodsOf(deployment)));
  }

  /** How many nodes are Ready, and how many indexes. */
  async ready(): Promise<{ readonly nodes: number; readonly indexes: number }> {
    return { nodes: await this.#ready(NODE), indexes: await this.#ready(INDEX) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sandbox.close();
  }

  async #ready(resource: Resource): Promise<number> {
    const isReady = ({ status }: WithConditions) =>
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
    return (await this.#list<WithConditions>(resource)).filter(isReady).length;
  }

  async #runPodsOf({ metadata: { name, generation }, spec: { replicas = 1 } }: Deployment): Promise<void> {
    const counts = { replicas, readyReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas };
    const path = `${objectPath(DEPLOYMENT, { namespace: NAMESPACE, name })}/status`;
    await this.#call('PATCH', path, { status: { observedGeneration: generation, ...counts } });
  }

  async #create(resource: Resource, name: string, body: object): Promise<void> {
    const { apiVersion, kind } = resource;
    const path = collectionPath(resource, NAMESPACE);
    await this.#call('POST', path, { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, ...body });
  }

  async #list<T extends ApiObject>(resource: Resource): Promise<readonly T[]> {
    return (await this.#call<{ items: T[] }>('GET', collectionPath(resource, NAMESPACE))).items;
  }

  #call<T = unknown>(method: string, path: string, body?: object): Promise<T> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return this.#limit(async () => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const answer = await this.#api.request(method, path, text, type);
      if (answer.status >= 300) throw new Error(`${answer.status} to ${method} ${path}: ${answer.body}`);
      return JSON.parse(answer.body) as T;
    });
  }
}

import type { V1Job } from '@kubernetes/client-node';
import { pino } from 'pino';
import type { RegtestNode } from '../../../../dev/regtest.ts';
import { until } from '../../../../dev/until.ts';
import type { BlockTriggerCondition, BlockTriggerSpec, BlockTriggerStatus } from '../../../../k8s/api/block-trigger.ts';
import type { Condition } from '../../../../k8s/api/conditions.ts';
import { API_VERSION } from '../../../../k8s/api/custom-resource.ts';
import type { BlockTrigger } from '../../../../k8s/api/kinds.ts';
import { NodeReconciler } from '../../../../k8s/operator/node/reconciler.ts';
import { Operator } from '../../../../k8s/operator/operator.ts';
import { ApiConnection } from '../../../../k8s/operator/runtime/api-connection.ts';
import { loadKubeConfig } from '../../../../k8s/operator/runtime/kube-config.ts';
import { NO_OBSERVER } from '../../../../k8s/operator/runtime/observer.ts';
import { TriggerReconciler } from '../../../../k8s/operator/trigger/reconciler.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';
import type { Written } from '../../node/support/some-node.ts';
import { operatorKubeconfig } from '../../support/operator-account.ts';
import { JobWatch } from './job-watch.ts';

const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

/** A spec as a user writes it. */
export type WrittenTrigger = Omit<Written<BlockTriggerSpec>, 'templates'> & { readonly templates?: readonly object[] };

/** A template of Jobs whose Pods nobody runs: there is no kubelet. */
export const jobTemplate = (name = 'job', more: object = {}) => ({
  name,
  manifest: {
    spec: { template: { spec: { containers: [{ name: 'main', image: 'busybox:1', command: ['true'] }] } } },
  },
  ...more,
});

/** A namespace in which an operator looks after a node outside of the cluster, and after triggers. */
export class TriggerStage implements AsyncDisposable {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly jobs: JobWatch;
  readonly #kinds: readonly string[];
  #operatorConfig = '';
  #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  private constructor(api: KubernetesApi, namespace: string, kinds: readonly string[]) {
    this.api = api;
    this.namespace = namespace;
    this.#kinds = kinds;
    this.jobs = new JobWatch(api, namespace);
  }

  /** @param kinds what triggers may make */
  static async open(
    api: KubernetesApi,
    namespace: string,
    node: RegtestNode,
    {
      kinds = ['batch/v1/Job'],
      isRunning = true,
    }: { readonly kinds?: readonly string[]; readonly isRunning?: boolean } = {},
  ): Promise<TriggerStage> {
    const stage = new TriggerStage(api, namespace, kinds);
    await stage.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    await stage.create('v1', 'secrets', 'Secret', 'login', {
      stringData: { username: node.user, password: node.password },
    });
    await stage.create(API_VERSION, 'bitcoinnodes', 'BitcoinNode', 'node', {
      spec: { network: 'Regtest', external: { url: node.url, secretRef: { name: 'login' } } },
    });
    stage.#operatorConfig = await operatorKubeconfig(api);
    if (isRunning) stage.#run();
    return stage;
  }

  /** Ends the operator, wherever it is, and starts another one, which remembers nothing. */
  async restartOperator(): Promise<void> {
    await this.#end();
    this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    this.jobs[Symbol.dispose]();
  }

  /** Asks the API; an answer that is no success is an error. */
  async send<T = unknown>(method: string, path: string, body?: object, contentType?: string): Promise<T> {
    const answer = await this.api.request(method, path, body && JSON.stringify(body), contentType);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as T;
  }

  create(apiVersion: string, plural: string, kind: string, name: string, body: object): Promise<unknown> {
    return this.send('POST', this.path(apiVersion, plural), { apiVersion, kind, metadata: { name }, ...body });
  }

  path(apiVersion: string, plural: string, name?: string): string {
    const root = apiVersion.includes('/') ? 'apis' : 'api';
    return `/${root}/${apiVersion}/namespaces/${this.namespace}/${plural}${name === undefined ? '' : `/${name}`}`;
  }

  async write(spec: WrittenTrigger, name = 'trigger'): Promise<void> {
    const whole = { nodeRef: { name: 'node' }, templates: [jobTemplate()], ...spec };
    await this.create(API_VERSION, 'blocktriggers', 'BlockTrigger', name, { spec: whole });
  }

  /** Makes a trigger, and waits until it has begun. */
  async begin(spec: WrittenTrigger, name = 'trigger'): Promise<void> {
    await this.write(spec, name);
    await this.untilCondition('Ready', 'True', 'Watching', name);
  }

  async change(spec: WrittenTrigger, name = 'trigger'): Promise<void> {
    const path = this.path(API_VERSION, 'blocktriggers', name);
    await this.send('PATCH', path, { spec }, 'application/merge-patch+json');
  }

  async status(name = 'trigger'): Promise<BlockTriggerStatus> {
    return (await this.send<BlockTrigger>('GET', this.path(API_VERSION, 'blocktriggers', name))).status ?? {};
  }

  /** The status, once it is as wanted. */
  async untilStatus(
    what: string,
    isMet: (status: BlockTriggerStatus) => boolean,
    name = 'trigger',
  ): Promise<BlockTriggerStatus> {
    let last: BlockTriggerStatus = {};
    const check = async () => {
      last = await this.status(name);
      return isMet(last) ? last : null;
    };
    return until(`the trigger ${what}`, check, PATIENCE).catch((error: Error) => {
      throw new Error(`${error.message}; its status is ${JSON.stringify(last, null, 1)}`);
    });
  }

  /** Waits until all up to a height is handled. */
  untilHandled(height: number, name = 'trigger'): Promise<BlockTriggerStatus> {
    return this.untilStatus(`to be at ${height}`, ({ handled }) => handled?.height === height, name);
  }

  async untilCondition(
    type: BlockTriggerCondition,
    status: Condition['status'],
    reason: string,
    name = 'trigger',
  ): Promise<Condition> {
    const isIt = (condition: Condition) =>
      condition.type === type && condition.status === status && condition.reason === reason;
    const found = await this.untilStatus(
      `to have ${type}=${status} ${reason}`,
      ({ conditions = [] }) => conditions.some(isIt),
      name,
    );
    return found.conditions!.find(isIt)!;
  }

  async presentJobs(): Promise<V1Job[]> {
    return (await this.send<{ items: V1Job[] }>('GET', this.path('batch/v1', 'jobs'))).items;
  }

  /** Has a Job ended, as its controller would say it when its Pod has; unless it is gone. */
  async finish({ metadata }: V1Job, type: 'Complete' | 'Failed' = 'Complete'): Promise<void> {
    const path = this.path('batch/v1', 'jobs', metadata!.name);
    // Until it has its Pod, its controller would write over what is said of it here.
    const isBegun = async () => {
      const { status, body } = await this.api.request('GET', path);
      return status === 404 || (JSON.parse(body) as V1Job).status?.active === 1;
    };
    await until(`a Pod of ${metadata!.name}`, isBegun, PATIENCE);
    const body = JSON.stringify({ status: { conditions: [{ type, status: 'True' }] } });
    const answer = await this.api.request('PATCH', `${path}/status`, body, 'application/merge-patch+json');
    if (answer.status >= 300 && answer.status !== 404) throw new Error(answer.body);
  }

  #run(): void {
    this.#stop = new AbortController();
    const operator = new Operator({
      connection: new ApiConnection(loadKubeConfig(this.#operatorConfig, {}), NO_OBSERVER),
      reconcilers: [new NodeReconciler({ pollMs: 300 }), new TriggerReconciler(this.#kinds)],
      namespaces: [this.namespace],
      election: null,
      identity: 'test',
      log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }, pino.destination(2)),
      observer: NO_OBSERVER,
      times: { backoff: { firstMs: 100, longestMs: 1_000 }, drainMs: 0 },
    });
    this.#ended = operator.run(this.#stop.signal);
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

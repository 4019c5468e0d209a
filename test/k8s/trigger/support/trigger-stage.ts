import { Writable } from 'node:stream';
import type { V1Job, V1Pod } from '@kubernetes/client-node';
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
import { NO_OPERATOR_OBSERVER } from '../../../../k8s/operator/runtime/observer.ts';
import { TriggerReconciler } from '../../../../k8s/operator/trigger/reconciler.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';
import type { Written } from '../../node/support/some-node.ts';
import { operatorKubeconfig } from '../../support/operator-account.ts';
import { JobWatch } from './job-watch.ts';

const PATIENCE = { intervalMs: 100 };

/** A spec as a user writes it. */
export type WrittenTrigger = Omit<Written<BlockTriggerSpec>, 'templates'> & { readonly templates?: readonly object[] };

/** A template of Jobs whose Pods do not run: there is no kubelet. */
export const jobTemplate = (name = 'job', more: object = {}) => ({
  name,
  manifest: {
    spec: {
      backoffLimit: 0,
      template: { spec: { containers: [{ name: 'main', image: 'busybox:1', command: ['true'] }] } },
    },
  },
  ...more,
});

/** A namespace with an operator for an external node, and for triggers. */
export class TriggerStage implements AsyncDisposable {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly jobs: JobWatch;
  readonly #kinds: readonly string[];
  #operatorConfig = '';
  #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  /** What its operators logged. */
  readonly #log: string[] = [];

  private constructor(api: KubernetesApi, namespace: string, kinds: readonly string[]) {
    this.api = api;
    this.namespace = namespace;
    this.#kinds = kinds;
    this.jobs = new JobWatch(api, namespace);
  }

  /** @param kinds the kinds that triggers may create */
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
    await stage.create('v1', 'Secret', 'login', {
      stringData: { username: node.user, password: node.password },
    });
    await stage.create(API_VERSION, 'BitcoinNode', 'node', {
      spec: { network: 'Regtest', external: { url: node.url, secretRef: { name: 'login' } } },
    });
    stage.#operatorConfig = await operatorKubeconfig(api);
    if (isRunning) stage.#run();
    return stage;
  }

  /** Ends the operator, wherever it is, and starts another one, without the first one's memory. */
  async restartOperator(): Promise<void> {
    await this.#end();
    this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    this.jobs[Symbol.dispose]();
  }

  /** A request to the API; an unsuccessful answer is an error. */
  async send<T = unknown>(method: string, path: string, body?: object, contentType?: string): Promise<T> {
    const answer = await this.api.request(method, path, body && JSON.stringify(body), contentType);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as T;
  }

  create(apiVersion: string, kind: string, name: string, body: object): Promise<unknown> {
    const plural = `${kind.toLowerCase()}s`;
    return this.send('POST', this.path(apiVersion, plural), { apiVersion, kind, metadata: { name }, ...body });
  }

  path(apiVersion: string, plural: string, name?: string): string {
    const root = apiVersion.includes('/') ? 'apis' : 'api';
    return `/${root}/${apiVersion}/namespaces/${this.namespace}/${plural}${name === undefined ? '' : `/${name}`}`;
  }

  async write(spec: WrittenTrigger, name = 'trigger'): Promise<void> {
    const whole = { nodeRef: { name: 'node' }, templates: [jobTemplate()], ...spec };
    await this.create(API_VERSION, 'BlockTrigger', name, { spec: whole });
  }

  /** Creates a trigger, and waits until it has started. */
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

  /** The status, once it is as expected. */
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
    return this.#until(`the trigger ${what}`, check);
  }

  /** Waits until everything up to a height is handled. */
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

  /** Waits until this many Jobs were created from a template, including deleted ones. */
  untilMade(count: number, template = 'job'): Promise<boolean> {
    return this.#until(`${count} Jobs`, async () => this.jobs.blocks(template).length >= count);
  }

  async presentJobs(): Promise<V1Job[]> {
    return (await this.send<{ items: V1Job[] }>('GET', this.path('batch/v1', 'jobs'))).items;
  }

  /**
   * Ends the Pod of a Job, like a kubelet, and waits until the Job's controller reports that the Job has ended, or the
   * Job is gone.
   */
  async finish({ metadata }: V1Job, type: 'Complete' | 'Failed' = 'Complete'): Promise<void> {
    const path = this.path('batch/v1', 'jobs', metadata!.name);
    const phase = type === 'Complete' ? 'Succeeded' : 'Failed';
    const hasEnded = async () => {
      const { status, body } = await this.api.request('GET', path);
      if (status === 404) return true;
      const { conditions = [] } = (JSON.parse(body) as V1Job).status ?? {};
      if (conditions.some((condition) => condition.type === type && condition.status === 'True')) return true;
      await this.#endPods(metadata!.name!, phase);
      return false;
    };
    await this.#until(`${metadata!.name} to have ended`, hasEnded);
  }

  async #endPods(job: string, phase: 'Succeeded' | 'Failed'): Promise<void> {
    const pods = this.path('v1', 'pods');
    const { items } = await this.send<{ items: V1Pod[] }>('GET', `${pods}?labelSelector=job-name=${job}`);
    const body = JSON.stringify({ status: { phase } });
    for (const { metadata, status } of items) {
      if (status?.phase === phase) continue;
      const path = `${pods}/${metadata!.name}/status`;
      const answer = await this.api.request('PATCH', path, body, 'application/merge-patch+json');
      if (answer.status >= 300 && answer.status !== 404) throw new Error(answer.body);
    }
  }

  /** After a timeout, the error has the state of triggers and their node, and the operator's last log lines. */
  async #until<T>(what: string, check: () => Promise<T | null>): Promise<T> {
    try {
      return await until(what, check, PATIENCE);
    } catch (error) {
      const [triggers, nodes] = await Promise.all(
        ['blocktriggers', 'bitcoinnodes'].map((plural) =>
          this.send<{ items: readonly { status?: unknown }[] }>('GET', this.path(API_VERSION, plural)),
        ),
      );
      const statuses = [...triggers!.items, ...nodes!.items].map(({ status }) => status);
      const log = this.#log.slice(-30).join('');
      throw new Error(`${(error as Error).message}; statuses: ${JSON.stringify(statuses, null, 1)}; log:\n${log}`);
    }
  }

  #run(): void {
    this.#stop = new AbortController();
    const operator = new Operator({
      connection: new ApiConnection(loadKubeConfig(this.#operatorConfig, {}), NO_OPERATOR_OBSERVER),
      reconcilers: [new NodeReconciler({ pollMs: 300, atTipMs: 300 }), new TriggerReconciler(this.#kinds)],
      namespaces: [this.namespace],
      election: null,
      identity: 'test',
      log: pino(
        { level: 'debug' },
        new Writable({ write: (line, _, done) => done(void this.#log.push(String(line))) }),
      ),
      observer: NO_OPERATOR_OBSERVER,
      times: { backoff: { firstMs: 100, longestMs: 1_000 }, drainMs: 0 },
    });
    this.#ended = operator.run(this.#stop.signal);
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

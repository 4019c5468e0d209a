import { pino } from 'pino';
import type { RegtestNode } from '../../../../dev/regtest.ts';
import { until } from '../../../../dev/until.ts';
import type { BitcoinNodeCondition, BitcoinNodeStatus } from '../../../../k8s/api/bitcoin-node.ts';
import type { Condition } from '../../../../k8s/api/conditions.ts';
import { API_VERSION } from '../../../../k8s/api/custom-resource.ts';
import type { BitcoinNode } from '../../../../k8s/api/kinds.ts';
import type { NodeImages } from '../../../../k8s/operator/node/inputs.ts';
import { NodeReconciler } from '../../../../k8s/operator/node/reconciler.ts';
import { Operator } from '../../../../k8s/operator/operator.ts';
import { ApiConnection } from '../../../../k8s/operator/runtime/api-connection.ts';
import { loadKubeConfig } from '../../../../k8s/operator/runtime/kube-config.ts';
import { NO_OPERATOR_OBSERVER } from '../../../../k8s/operator/runtime/observer.ts';
import type { ApiObject } from '../../../../k8s/operator/runtime/resource.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';
import type { Kubectl } from '../../support/kubectl.ts';
import { operatorKubeconfig } from '../../support/operator-account.ts';
import type { WrittenNode } from './some-node.ts';

const POLL_MS = 200;
const PATIENCE = { intervalMs: 100 };

/** For reading objects: starting kubectl again and again takes long. */
const COLLECTIONS = {
  bitcoinnode: ['/apis/bitql.dev/v1alpha1', 'bitcoinnodes'],
  statefulset: ['/apis/apps/v1', 'statefulsets'],
  networkpolicy: ['/apis/networking.k8s.io/v1', 'networkpolicies'],
  service: ['/api/v1', 'services'],
  secret: ['/api/v1', 'secrets'],
  pod: ['/api/v1', 'pods'],
  persistentvolumeclaim: ['/api/v1', 'persistentvolumeclaims'],
  events: ['/api/v1', 'events'],
} as const;

export type StageKind = keyof typeof COLLECTIONS;

interface EventList {
  readonly items: readonly {
    readonly type: string;
    readonly reason: string;
    readonly involvedObject: { readonly name: string };
  }[];
}

/** How a stage and its operator reach the cluster. */
interface StageAccess {
  readonly api: KubernetesApi;
  readonly operatorConfig: string;
}

/** A namespace of a test, with an operator for its nodes. */
export class NodeStage implements AsyncDisposable {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  readonly #api: KubernetesApi;
  readonly #operatorConfig: string;
  #stop = new AbortController();
  #ended: Promise<void>;

  static async open(kubectl: Kubectl, api: KubernetesApi, namespace: string): Promise<NodeStage> {
    await kubectl.call('create', 'namespace', namespace);
    return new NodeStage(kubectl, { api, operatorConfig: await operatorKubeconfig(api) }, namespace);
  }

  private constructor(kubectl: Kubectl, { api, operatorConfig }: StageAccess, namespace: string) {
    this.kubectl = kubectl;
    this.#api = api;
    this.#operatorConfig = operatorConfig;
    this.namespace = namespace;
    this.#ended = this.#run({});
  }

  /** Ends the operator and starts another one, without the first one's memory. @param images its default images */
  async restartOperator(images: NodeImages = {}): Promise<void> {
    await this.stopOperator();
    this.#stop = new AbortController();
    this.#ended = this.#run(images);
  }

  async stopOperator(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stopOperator();
  }

  apply(...objects: readonly object[]): Promise<string> {
    return this.kubectl.apply(objects, '-n', this.namespace);
  }

  applyNode(name: string, spec: WrittenNode): Promise<string> {
    return this.apply({ apiVersion: API_VERSION, kind: 'BitcoinNode', metadata: { name }, spec });
  }

  /** An external node of this name, with the Secret NAME-login. */
  async applyExternal(name: string, node: RegtestNode, spec: WrittenNode = {}): Promise<void> {
    await this.applyLogin(`${name}-login`, node.user, node.password);
    const external = { url: node.url, secretRef: { name: `${name}-login` }, zmq: [] };
    await this.applyNode(name, { network: 'Regtest', external, ...spec });
  }

  applyLogin(name: string, username: string, password: string): Promise<string> {
    return this.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { username, password } });
  }

  /** Null if there is none. */
  async get<T extends ApiObject>(kind: StageKind, name: string): Promise<T | null> {
    const { status, body } = await this.#api.request('GET', `${this.#path(kind)}/${name}`);
    if (status === 404) return null;
    if (status !== 200) throw new Error(`${status} for ${kind} ${name}: ${body}`);
    return JSON.parse(body) as T;
  }

  async status(name: string): Promise<BitcoinNodeStatus> {
    return (await this.get<BitcoinNode>('bitcoinnode', name))?.status ?? {};
  }

  /** The status, once it is as expected. */
  async untilStatus(
    name: string,
    what: string,
    isMet: (status: BitcoinNodeStatus) => unknown,
  ): Promise<BitcoinNodeStatus> {
    let last: BitcoinNodeStatus = {};
    const check = async () => {
      last = await this.status(name);
      return isMet(last) ? last : null;
    };
    return until(`${name} ${what}`, check, PATIENCE).catch((error: Error) => {
      throw new Error(`${error.message}; its status is ${JSON.stringify(last, null, 1)}`);
    });
  }

  /** The condition, once it has the status, and the reason if one is given. */
  async untilCondition(
    name: string,
    type: BitcoinNodeCondition,
    status: Condition['status'],
    reason?: string,
  ): Promise<Condition> {
    const isIt = (condition: Condition) =>
      condition.type === type && condition.status === status && (reason ?? condition.reason) === condition.reason;
    const what = `to have ${type}=${status} ${reason ?? ''}`;
    const found = await this.untilStatus(name, what, ({ conditions = [] }) => conditions.some(isIt));
    return found.conditions!.find(isIt)!;
  }

  /** The events of a node: `Warning ChainSplit`. */
  async events(name: string): Promise<string[]> {
    const { items } = JSON.parse((await this.#api.request('GET', this.#path('events'))).body) as EventList;
    return items
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ type, reason }) => `${type} ${reason}`);
  }

  /** Waits until all of these events exist: events are written after the status. */
  async untilToldOf(name: string, wanted: readonly (string | RegExp)[]): Promise<void> {
    let told: readonly string[] = [];
    const check = async () => {
      told = await this.events(name);
      return wanted.every((event) => told.some((of) => (typeof event === 'string' ? of === event : event.test(of))));
    };
    await until(`events of ${name}: ${wanted}`, check, PATIENCE).catch((error: Error) => {
      throw new Error(`${error.message}; there are ${told}`);
    });
  }

  #path(kind: StageKind): string {
    const [group, plural] = COLLECTIONS[kind];
    return `${group}/namespaces/${this.namespace}/${plural}`;
  }

  #run(images: NodeImages): Promise<void> {
    const operator = new Operator({
      connection: new ApiConnection(loadKubeConfig(this.#operatorConfig, {}), NO_OPERATOR_OBSERVER, 5_000),
      reconcilers: [new NodeReconciler({ images, pollMs: POLL_MS, atTipMs: POLL_MS })],
      namespaces: [this.namespace],
      election: null,
      identity: 'test',
      log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }, pino.destination(2)),
      observer: NO_OPERATOR_OBSERVER,
    });
    return operator.run(this.#stop.signal);
  }
}

import { pino } from 'pino';
import type { BitcoinNodeCondition, BitcoinNodeStatus } from '../../../../k8s/api/bitcoin-node.ts';
import type { Condition } from '../../../../k8s/api/conditions.ts';
import { API_VERSION } from '../../../../k8s/api/custom-resource.ts';
import type { BitcoinNode } from '../../../../k8s/api/kinds.ts';
import { NodeReconciler } from '../../../../k8s/operator/node/node-reconciler.ts';
import { Operator } from '../../../../k8s/operator/operator.ts';
import { ApiConnection } from '../../../../k8s/operator/runtime/api-connection.ts';
import { loadKubeConfig } from '../../../../k8s/operator/runtime/kube-config.ts';
import { NO_OBSERVER } from '../../../../k8s/operator/runtime/observer.ts';
import type { ApiObject } from '../../../../k8s/operator/runtime/resource.ts';
import type { RegtestNode } from '../../../../src/dev/regtest.ts';
import { until } from '../../../../src/dev/until.ts';
import type { Kubectl } from '../../support/kubectl.ts';
import type { WrittenNode } from './some-node.ts';

const POLL_MS = 200;

/** A namespace of a test, in which an operator looks after nodes. */
export class NodeStage implements AsyncDisposable {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  readonly #kubeconfig: string;
  #stop = new AbortController();
  #ended: Promise<void>;

  static async open(kubectl: Kubectl, kubeconfig: string, namespace: string): Promise<NodeStage> {
    await kubectl.call('create', 'namespace', namespace);
    return new NodeStage(kubectl, kubeconfig, namespace);
  }

  private constructor(kubectl: Kubectl, kubeconfig: string, namespace: string) {
    this.kubectl = kubectl;
    this.#kubeconfig = kubeconfig;
    this.namespace = namespace;
    this.#ended = this.#run();
  }

  /** Ends the operator and starts another one, which remembers nothing. */
  async restartOperator(): Promise<void> {
    await this.stopOperator();
    this.#stop = new AbortController();
    this.#ended = this.#run();
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

  /** A node outside of the cluster, under its name, with the Secret NAME-login. */
  async applyExternal(name: string, node: RegtestNode, spec: WrittenNode = {}): Promise<void> {
    await this.applyLogin(`${name}-login`, node.user, node.password);
    const external = { url: node.url, secretRef: { name: `${name}-login` }, zmq: [] };
    await this.applyNode(name, { network: 'Regtest', external, ...spec });
  }

  applyLogin(name: string, username: string, password: string): Promise<string> {
    return this.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { username, password } });
  }

  /** `kubectl get KIND NAME`; null where there is none. */
  async get<T extends ApiObject>(kind: string, name: string): Promise<T | null> {
    const text = await this.kubectl.call('get', kind, name, '-n', this.namespace, '-o', 'json', '--ignore-not-found');
    return text.trim() === '' ? null : (JSON.parse(text) as T);
  }

  async status(name: string): Promise<BitcoinNodeStatus> {
    return (await this.get<BitcoinNode>('bitcoinnode', name))?.status ?? {};
  }

  /** The status, once it is as wanted. */
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
    const options = { timeoutMs: 30_000, intervalMs: 150 };
    return until(`${name} ${what}`, check, options).catch((error: Error) => {
      throw new Error(`${error.message}; its status is ${JSON.stringify(last, null, 1)}`);
    });
  }

  /** The condition, once it has that status, and that reason if one is given. */
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

  /** What users were told of a node: `Warning ChainSplit`. */
  async events(name: string): Promise<string[]> {
    const field = `involvedObject.name=${name}`;
    const path = 'jsonpath={range .items[*]}{.type} {.reason}{"\\n"}{end}';
    const text = await this.kubectl.call('get', 'events', '-n', this.namespace, '--field-selector', field, '-o', path);
    return text.trim().split('\n');
  }

  #run(): Promise<void> {
    const operator = new Operator({
      connection: new ApiConnection(loadKubeConfig(this.#kubeconfig, {}), NO_OBSERVER, 5_000),
      reconcilers: [new NodeReconciler({ pollMs: POLL_MS })],
      namespaces: [this.namespace],
      election: null,
      identity: 'test',
      log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }, pino.destination(2)),
      observer: NO_OBSERVER,
    });
    return operator.run(this.#stop.signal);
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1ConfigMap, V1Pod, V1Secret } from '@kubernetes/client-node';
import { Sandbox } from '../../../../dev/sandbox.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';
import { ApiClient } from './api-client.ts';
import { Claims } from './claims.ts';
import { ClusterNode } from './cluster-node.ts';
import { ClusterProxy } from './cluster-proxy.ts';
import { logName, RunningPod } from './pod.ts';
import { PodNetwork } from './pod-network.ts';
import { PodStatuses } from './pod-statuses.ts';
import { type Address, Relay } from './relay.ts';
import { Services } from './services.ts';

export interface KubeletOptions {
  readonly api: KubernetesApi;
  /** The namespaces of its Pods. */
  readonly namespaces: readonly string[];
  /** The bitcoind for images of one; bitcoin-cli is in the same folder. */
  readonly bitcoind: string;
}

const INTERVAL_MS = 250;

/**
 * Runs the Pods of some namespaces on this machine by runc, with an address for each Pod, volumes, probes, users and
 * read-only roots, and without images (`imageOf`). It is scheduler, kubelet, kube-proxy, DNS and storage provisioner of
 * the test's cluster. Needs root.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const network = await PodNetwork.create();
  const kubelet = new Kubelet(options, network);
  try {
    await kubelet.start();
    return kubelet;
  } catch (error) {
    await kubelet.close();
    throw error;
  }
}

export class Kubelet implements AsyncDisposable {
  readonly #options: KubeletOptions;
  readonly #network: PodNetwork;
  readonly #api: ApiClient;
  readonly #sandbox = new Sandbox('pods');
  readonly #node: ClusterNode;
  readonly #services: Services;
  readonly #claims: Claims;
  readonly #statuses: PodStatuses;
  readonly #pods = new Map<string, RunningPod>();
  readonly #ending = new Set<string>();
  readonly #relays = new Map<string, Relay>();
  readonly #closing = new AbortController();
  #proxy: ClusterProxy | null = null;
  #looping: Promise<void> = Promise.resolve();
  /** The error of the last attempt; it continues to try. */
  lastError: unknown = null;

  /** Use `startKubelet`. */
  constructor(options: KubeletOptions, network: PodNetwork) {
    this.#options = options;
    this.#network = network;
    this.#api = new ApiClient(options.api);
    this.#node = new ClusterNode(this.#api, `node-${network.number}`, network.host);
    this.#services = new Services(this.#api, network, this.#sandbox.folder);
    this.#claims = new Claims(this.#api, this.#sandbox.folder);
    this.#statuses = new PodStatuses(this.#api);
  }

  async start(): Promise<void> {
    await this.#node.register();
    this.#proxy = await ClusterProxy.start(() => this.#services.table);
    await this.#look();
    this.#looping = this.#loop();
  }

  get proxyUrl(): string {
    return this.#proxy!.url;
  }

  /** A proxy for programs outside of the cluster that use Services by name, over HTTP. */
  get environment(): Readonly<Record<string, string>> {
    return { HTTP_PROXY: this.proxyUrl, NO_PROXY: '127.0.0.1,localhost', NODE_USE_ENV_PROXY: '1' };
  }

  /**
   * The same, at an address that both Pods and this machine can reach. @param url a service at 127.0.0.1 of this
   * machine
   */
  async reachable(url: string): Promise<string> {
    const [, scheme, authority, host, port, rest] = /^(\w+:\/\/)([^@/]*@)?([^:/]+):(\d+)(.*)$/.exec(url) ?? [];
    if (host === undefined) throw new Error(`${url} has no host and port`);
    const relayed = await this.#relay({ host, port: Number(port) });
    return `${scheme}${authority ?? ''}${this.#network.host}:${relayed}${rest}`;
  }

  /** The output of a container of a Pod. @param pod NAMESPACE/NAME */
  log(pod: string, container: string): string {
    const [namespace, name] = pod.split('/');
    return readFileSync(join(this.#sandbox.folder, `${logName(namespace!, name!, container)}.log`), 'utf8');
  }

  /** Runs a command in a container of a Pod. @param pod NAMESPACE/NAME @returns whether it exited with 0 */
  async exec(pod: string, container: string, command: readonly string[]): Promise<boolean> {
    const running = [...this.#pods.values()].find(({ pod: { metadata } }) => {
      return pod === `${metadata!.namespace}/${metadata!.name}`;
    });
    if (!running) throw new Error(`${pod} does not run here`);
    return running.exec(container, command);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#looping;
    await Promise.all([...this.#pods.values()].map((pod) => pod.stop(0)));
    await this.#proxy?.[Symbol.asyncDispose]();
    for (const relay of this.#relays.values()) relay.close();
    await this.#services[Symbol.asyncDispose]();
    await this.#network[Symbol.asyncDispose]();
    await this.#sandbox.close();
    this.#api[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #relay(target: Address): Promise<number> {
    const name = `${target.host}:${target.port}`;
    const relay = this.#relays.get(name) ?? (await Relay.listen({ host: this.#network.host, port: 0 }, () => target));
    this.#relays.set(name, relay);
    return relay.port;
  }

  async #loop(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#look();
        this.lastError = null;
      } catch (error) {
        this.lastError = error;
      }
      await delay(INTERVAL_MS, null, { signal: this.#closing.signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { namespaces } = this.#options;
    await this.#node.renew();
    await this.#services.update(namespaces);
    await this.#claims.update(namespaces);
    const isThere = new Set<string>();
    for (const namespace of namespaces) {
      for (const pod of await this.#api.list<V1Pod>(`${podsPath(namespace)}`)) {
        isThere.add(pod.metadata!.uid!);
        await this.#take(pod);
      }
    }
    for (const uid of this.#pods.keys()) if (!isThere.has(uid)) this.#end(uid, 0, async () => {});
  }

  async #take(pod: V1Pod): Promise<void> {
    const { name, namespace, uid, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata!;
    const path = `${podsPath(namespace!)}/${name}`;
    if (deletionTimestamp) {
      const remove = () => this.#api.delete(path, { gracePeriodSeconds: 0, preconditions: { uid } });
      this.#end(uid!, deletionGracePeriodSeconds * 1_000, remove);
    } else if (!pod.spec!.nodeName) {
      const target = { apiVersion: 'v1', kind: 'Node', name: this.#node.name };
      await this.#api.create(`${path}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
    } else if (!this.#pods.has(uid!) && !isOver(pod)) {
      this.#pods.set(uid!, await this.#start(pod));
    }
    const running = this.#pods.get(uid!);
    if (running) await this.#statuses.publish(running);
  }

  /** Stops a Pod once, if it runs here, then removes it. */
  #end(uid: string, graceMs: number, forget: () => Promise<void>): void {
    if (this.#ending.has(uid)) return;
    this.#ending.add(uid);
    const stop = async () => {
      await this.#pods.get(uid)?.stop(graceMs);
      await forget();
      this.#pods.delete(uid);
      this.#statuses.forget(uid);
    };
    stop()
      .catch((error: unknown) => {
        this.lastError = error;
      })
      .finally(() => this.#ending.delete(uid));
  }

  async #start(pod: V1Pod): Promise<RunningPod> {
    const { namespace } = pod.metadata as { namespace: string };
    return new RunningPod(pod, {
      sandbox: this.#sandbox,
      network: this.#network,
      bitcoind: this.#options.bitcoind,
      hostsFile: this.#services.hostsFile(namespace),
      sources: {
        hostAddress: this.#network.host,
        valuesOf: (kind, name) => this.#valuesOf(namespace, kind, name),
        folderOfClaim: (name) => this.#claims.folderOf(namespace, name),
        token: (audience, expirationSeconds) => this.#token(pod, audience, expirationSeconds),
      },
      variables: async () => ({
        ...(pod.spec!.enableServiceLinks !== false && this.#services.links(namespace)),
        KUBERNETES_SERVICE_HOST: 'kubernetes.default.svc', // for which the server has a certificate
        KUBERNETES_SERVICE_PORT: String(await this.#relay(apiAddress(this.#options.api))),
      }),
    });
  }

  async #valuesOf(namespace: string, kind: string, name: string): Promise<ReadonlyMap<string, Buffer> | null> {
    const object = await this.#api.get<V1Secret & V1ConfigMap>(`/api/v1/namespaces/${namespace}/${kind}/${name}`);
    if (object === null) return null;
    const encoding = kind === 'secrets' ? 'base64' : 'utf8';
    const texts = Object.entries(object.data ?? {}).map(([key, text]) => [key, Buffer.from(text, encoding)] as const);
    const bytes = Object.entries(object.binaryData ?? {}).map(([key, of]) => [key, Buffer.from(of, 'base64')] as const);
    return new Map([...texts, ...bytes]);
  }

  async #token({ metadata, spec }: V1Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const path = `/api/v1/namespaces/${metadata!.namespace}/serviceaccounts/${spec!.serviceAccountName}/token`;
    const request = { expirationSeconds, ...(audience !== undefined && { audiences: [audience] }) };
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: request };
    const given = await this.#api.post<{ status: { token: string } }>(path, body);
    if (given === null) throw new Error(`there is no service account "${spec!.serviceAccountName}"`);
    return given.status.token;
  }
}

const podsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

/** It ran before this kubelet started. */
const isOver = ({ status }: V1Pod): boolean => ['Succeeded', 'Failed'].includes(status?.phase ?? '');

function apiAddress({ url }: KubernetesApi): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Endpoints, V1Service } from '@kubernetes/client-node';
import type { ApiClient } from './api-client.ts';
import { serviceLinks } from './environment.ts';
import type { PodNetwork } from './pod-network.ts';
import { type Address, Relay } from './relay.ts';
import { isHeadless, type KnownService, type ServiceTable, serviceTable, targetsOf } from './service-table.ts';

const isOfApi = ({ metadata }: V1Service): boolean => {
  return metadata!.namespace === 'default' && metadata!.name === 'kubernetes';
};

interface Served {
  readonly address: string;
  readonly relays: Map<number, Relay>;
}

/**
 * Makes Services reachable, like kube-proxy and the cluster's DNS: by addresses of this machine, and by /etc/hosts of
 * Pods.
 */
export class Services implements AsyncDisposable {
  readonly #api: ApiClient;
  readonly #network: PodNetwork;
  readonly #folder: string;
  readonly #served = new Map<string, Served>();
  readonly #hosts = new Map<string, string>();
  #known: readonly KnownService[] = [];
  #table = serviceTable([]);

  constructor(api: ApiClient, network: PodNetwork, folder: string) {
    this.#api = api;
    this.#network = network;
    this.#folder = join(folder, 'hosts');
    mkdirSync(this.#folder);
  }

  get table(): ServiceTable {
    return this.#table;
  }

  /** The /etc/hosts of Pods in the namespace. */
  hostsFile(namespace: string): string {
    return join(this.#folder, namespace);
  }

  links(namespace: string): Record<string, string> {
    const there = this.#known.filter(({ service }) => service.metadata!.namespace === namespace);
    const addresses = new Map(there.map(({ service, address }) => [service, address]));
    return serviceLinks([...addresses.keys()], (service) => addresses.get(service));
  }

  async update(namespaces: readonly string[]): Promise<void> {
    const known = await Promise.all(namespaces.map((namespace) => this.#read(namespace)));
    this.#known = known.flat();
    this.#table = serviceTable(this.#known);
    const uids = new Set(this.#known.map(({ service }) => service.metadata!.uid));
    for (const uid of this.#served.keys()) if (!uids.has(uid)) await this.#withdraw(uid);
    for (const namespace of namespaces) this.#writeHosts(namespace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const uid of this.#served.keys()) await this.#withdraw(uid);
  }

  async #read(namespace: string): Promise<KnownService[]> {
    const path = `/api/v1/namespaces/${namespace}`;
    const [services, endpoints] = await Promise.all([
      this.#api.list<V1Service>(`${path}/services`),
      this.#api.list<V1Endpoints>(`${path}/endpoints`),
    ]);
    const known: KnownService[] = [];
    for (const service of services) {
      if (isOfApi(service)) continue; // it has no Pods, and an address of its own in every container
      const address = isHeadless(service) ? undefined : await this.#serve(service);
      known.push({
        service,
        endpoints: endpoints.find(({ metadata }) => metadata!.name === service.metadata!.name),
        address,
      });
    }
    return known;
  }

  /** Listens at its own address, on all of its ports. */
  async #serve(service: V1Service): Promise<string> {
    const uid = service.metadata!.uid!;
    const served = this.#served.get(uid) ?? { address: await this.#network.addAddress(), relays: new Map() };
    this.#served.set(uid, served);
    const ports = (service.spec!.ports ?? []).map(({ port }) => port);
    for (const [port, relay] of served.relays) {
      if (ports.includes(port)) continue;
      relay.close();
      served.relays.delete(port);
    }
    for (const port of ports) {
      if (served.relays.has(port)) continue;
      served.relays.set(port, await Relay.listen({ host: served.address, port }, () => this.#pick(uid, port)));
    }
    return served.address;
  }

  #pick(uid: string, port: number): Address | null {
    const known = this.#known.find(({ service }) => service.metadata!.uid === uid);
    const targets = known ? targetsOf(known, port) : [];
    return targets[Math.floor(Math.random() * targets.length)] ?? null;
  }

  async #withdraw(uid: string): Promise<void> {
    const served = this.#served.get(uid);
    if (!served) return;
    this.#served.delete(uid);
    for (const relay of served.relays.values()) relay.close();
    await this.#network.removeAddress(served.address);
  }

  /** In place, because containers mount the file itself. */
  #writeHosts(namespace: string): void {
    const machine = `127.0.0.1 localhost\n${this.#network.host} kubernetes.default.svc\n`;
    const text = machine + this.#table.hostsOf(namespace);
    if (this.#hosts.get(namespace) === text) return;
    this.#hosts.set(namespace, text);
    writeFileSync(this.hostsFile(namespace), text);
  }
}

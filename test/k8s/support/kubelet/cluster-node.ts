import type { ApiClient } from './api-client.ts';

const RENEW_MS = 5_000;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** The machine as a healthy Node of the cluster, so that the controllers leave its Pods alone. */
export class ClusterNode {
  readonly name: string;
  readonly #api: ApiClient;
  readonly #address: string;
  #renewedAt = -Infinity;

  constructor(api: ApiClient, name: string, address: string) {
    this.#api = api;
    this.name = name;
    this.#address = address;
  }

  async register(): Promise<void> {
    const metadata = { name: this.name, labels: { 'kubernetes.io/hostname': this.name } };
    await this.#api.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata });
    const now = new Date();
    const amounts = { cpu: '64', memory: '256Gi', pods: '200' };
    await this.#api.merge(`/api/v1/nodes/${this.name}/status`, {
      status: {
        capacity: amounts,
        allocatable: amounts,
        addresses: [{ type: 'InternalIP', address: this.#address }],
        conditions: [
          { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now, lastTransitionTime: now },
        ],
      },
    });
    const spec = { holderIdentity: this.name, leaseDurationSeconds: 40, renewTime: micro(now) };
    await this.#api.create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: this.name },
      spec,
    });
  }

  /** Renews its heartbeat as often as needed. */
  async renew(): Promise<void> {
    if (performance.now() - this.#renewedAt < RENEW_MS) return;
    await this.#api.merge(`${LEASES}/${this.name}`, { spec: { renewTime: micro(new Date()) } });
    this.#renewedAt = performance.now();
  }
}

const micro = (time: Date): string => time.toISOString().replace('Z', '000Z');

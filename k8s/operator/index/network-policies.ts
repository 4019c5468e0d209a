import type { BitcoinIndex } from '../../api/kinds.ts';
import { nodeSelector, nodeUrl, zmqUrls } from '../node/names.ts';
import { childOf } from '../runtime/child.ts';
import { NETWORK_POLICY } from '../runtime/kinds.ts';
import { ANYWHERE } from '../runtime/pod-security.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import type { IndexInputs } from './inputs.ts';
import { type Component, GATEWAY_PORT, labelsOf, METRICS_PORT, MONGODB_PORT, partName, selectorOf } from './names.ts';

type Labels = Readonly<Record<string, string>>;

/** DNS may be served by Pods anywhere, or by the machine itself. */
const DNS = { ports: [port(53, 'UDP'), port(53, 'TCP')] };
/** Prometheus of the Prometheus operator and of most charts, in any namespace. */
const PROMETHEUS = {
  from: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } }],
  ports: [port(METRICS_PORT)],
};

/** The policies that admit only the connections that the Pods of an index need. */
export function networkPolicies(index: BitcoinIndex, inputs: IndexInputs): KubernetesObject[] {
  if (index.spec.networkPolicy === 'Unmanaged') return [];
  const toStore = storeRule(index, inputs);
  const toNode = nodeRule(inputs);
  const gateway = policy(index, 'gateway', {
    ingress: [{ ports: [port(GATEWAY_PORT)] }, PROMETHEUS],
    egress: [DNS, toStore, ...(index.spec.gateway.broadcast ? [toNode] : [])],
  });
  const indexer = policy(index, 'indexer', { ingress: [PROMETHEUS], egress: [DNS, toStore, toNode] });
  if (inputs.database === null) return [gateway, indexer];
  const members = { podSelector: { matchLabels: selectorOf(index, 'mongodb') } };
  const clients = (['gateway', 'indexer'] as const).map((component) => ({
    podSelector: { matchLabels: selectorOf(index, component) },
  }));
  const database = policy(index, 'mongodb', {
    ingress: [{ from: [members, ...clients], ports: [port(MONGODB_PORT)] }],
    egress: [DNS, { to: [members], ports: [port(MONGODB_PORT)] }],
  });
  return [gateway, indexer, database];
}

function policy(
  index: BitcoinIndex,
  component: Component,
  rules: { readonly ingress: readonly object[]; readonly egress: readonly object[] },
): KubernetesObject {
  const child = { resource: NETWORK_POLICY, name: partName(index, component), labels: labelsOf(index, component) };
  const podSelector = { matchLabels: selectorOf(index, component) };
  return childOf(index, child, { spec: { podSelector, policyTypes: ['Ingress', 'Egress'], ...rules } });
}

function storeRule(index: BitcoinIndex, { database, storeUri }: IndexInputs): object {
  if (database !== null) return to(selectorOf(index, 'mongodb'), [MONGODB_PORT]);
  // Only DNS knows the ports of the hosts of mongodb+srv.
  return /^mongodb\+srv:/i.test(storeUri) ? { to: ANYWHERE } : to(null, mongodbPorts(storeUri));
}

/** The ports of `mongodb://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME`. */
function mongodbPorts(uri: string): number[] {
  const hosts = /^mongodb:\/\/(?:[^/?]*@)?([^/?]*)/i.exec(uri)?.[1]?.split(',') ?? [];
  return hosts.map((host) => Number(/:(\d+)$/.exec(host)?.[1] ?? MONGODB_PORT));
}

/** RPC and ZMQ. */
function nodeRule({ node }: IndexInputs): object {
  const pods = node.spec.external === undefined ? nodeSelector(node.metadata.name) : null;
  return to(pods, [nodeUrl(node), ...zmqUrls(node)].map(portOf));
}

function portOf(address: string): number {
  const { port: given, protocol } = new URL(address);
  return Number(given || (protocol === 'https:' ? 443 : 80));
}

/** @param pods null if the peers may be anywhere: policies know no host names */
function to(pods: Labels | null, ports: readonly number[]): object {
  const peers = pods === null ? ANYWHERE : [{ podSelector: { matchLabels: { ...pods } } }];
  return { to: peers, ports: [...new Set(ports)].sort((a, b) => a - b).map((number) => port(number)) };
}

function port(number: number, protocol: 'TCP' | 'UDP' = 'TCP') {
  return { port: number, protocol };
}

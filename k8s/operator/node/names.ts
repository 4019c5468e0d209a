import { BITCOIN_NODE, type BitcoinNodeSpec } from '../../api/bitcoin-node.ts';
import { API_VERSION } from '../../api/custom-resource.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { type ChildIdentity, managedLabels, selectorLabels, selectorText } from '../runtime/child.ts';
import type { Resource } from '../runtime/resource.ts';
import { networkDialect } from './dialects.ts';

/** The kind, as the API calls it. */
export const NODE: Resource = { apiVersion: API_VERSION, kind: BITCOIN_NODE.kind, plural: BITCOIN_NODE.plural };

const SOFTWARE = 'bitcoind';

/** The port for ZMQ. No network uses it for anything else. */
export const ZMQ_PORT = 28_335;

/**
 * Pods with this label, whose value is the name of a BitcoinNode in their namespace, may connect to its RPC, REST and ZMQ:
 * indexers, gateways that broadcast, and any others with the label.
 */
export const CLIENT_LABEL = 'bitql.dev/node';

/** Names of the children of a node. An index may have the same name, so none of them is the bare name. */
export const nodeNames = (name: string) => ({
  /** StatefulSet, headless Service, NetworkPolicy and PodDisruptionBudget. */
  node: `${name}-node`,
  pod: `${name}-node-0`,
  volume: `data-${name}-node-0`,
  /** The Service for other nodes. */
  p2p: `${name}-node-p2p`,
  /** The Secret with bitcoin.conf. */
  config: `${name}-node-config`,
  /** The Secret for clients of the node, also of an external one: the keys of `Binding`. */
  rpc: `${name}-rpc`,
});

/** The selector labels of the Pods of a node. */
export const nodeSelector = (name: string) => selectorLabels({ name: SOFTWARE, instance: name });

export const nodeLabels = (name: string) => managedLabels({ name: SOFTWARE, instance: name, component: 'node' });

/** Selects the objects of all nodes, in the syntax of kubectl's -l. */
export const NODES_SELECTOR = selectorText({ name: SOFTWARE });

/** Name and labels of a child of a node. */
export function nodeChild(
  { metadata: { name } }: BitcoinNode,
  resource: Resource,
  child: keyof ReturnType<typeof nodeNames>,
): ChildIdentity {
  return { resource, name: nodeNames(name)[child], labels: nodeLabels(name) };
}

type NamedNode = Pick<BitcoinNode, 'spec'> & { readonly metadata: Pick<BitcoinNode['metadata'], 'name' | 'namespace'> };

/** The host name of a node inside the cluster. */
function nodeHost({ metadata }: NamedNode): string {
  return `${nodeNames(metadata.name).node}.${metadata.namespace}.svc`;
}

export function rpcPort({ implementation, network }: BitcoinNodeSpec): number {
  return networkDialect(implementation, network).rpcPort;
}

export function p2pPort({ implementation, network }: BitcoinNodeSpec): number {
  return networkDialect(implementation, network).p2pPort;
}

/** The URL of RPC (REST is below /rest), without user and password; with a path if an external node has one. */
export function nodeUrl(node: NamedNode): string {
  return (
    node.spec.external?.url.replace(/(?<=^https?:\/\/[^/]+)\/$/, '') ?? `http://${nodeHost(node)}:${rpcPort(node.spec)}`
  );
}

/** The ZMQ addresses; empty if it does not publish. */
export function zmqUrls(node: NamedNode): readonly string[] {
  const { external, zmq } = node.spec;
  if (external !== undefined) return external.zmq;
  return zmq.topics.length === 0 ? [] : [`tcp://${nodeHost(node)}:${ZMQ_PORT}`];
}

/**
 * What is wrong with an address that cannot be called, such as http://10.0.0.256, which passes every pattern; null for nothing.
 */
export function badAddress(...addresses: readonly string[]): string | null {
  const bad = addresses.find((address) => !URL.canParse(address));
  return bad === undefined ? null : `${bad} is not a valid address: correct it.`;
}

/** The same for all addresses of a node. */
export function badAddressOf(node: BitcoinNode): string | null {
  return badAddress(nodeUrl(node), ...zmqUrls(node));
}

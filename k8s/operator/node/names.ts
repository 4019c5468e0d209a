import type { BitcoinNodeSpec } from '../../api/bitcoin-node.ts';
import { BITCOIN_NODE } from '../../api/bitcoin-node.ts';
import { API_VERSION } from '../../api/custom-resource.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import type { ChildIdentity } from '../runtime/child.ts';
import { managedLabels, selectorLabels, selectorText } from '../runtime/labels.ts';
import type { Resource } from '../runtime/resource.ts';
import { networkDialect } from './dialects.ts';

/** The kind, as the API calls it. */
export const NODE: Resource = { apiVersion: API_VERSION, kind: BITCOIN_NODE.kind, plural: BITCOIN_NODE.plural };

const SOFTWARE = 'bitcoind';

/** Where it publishes over ZMQ: a port that no network has for something else. */
export const ZMQ_PORT = 28_335;

/**
 * Pods with this label, and the name of a BitcoinNode of their own namespace as its value, are let in to its RPC, REST and
 * ZMQ: indexers, gateways that broadcast, and whoever else is given it.
 */
export const CLIENT_LABEL = 'bitql.dev/node';

/** What is made for a node is called after it; an index may have the same name, so none of this is the bare name. */
export const nodeNames = (name: string) => ({
  /** StatefulSet, headless Service, NetworkPolicy and PodDisruptionBudget. */
  node: `${name}-node`,
  pod: `${name}-node-0`,
  volume: `data-${name}-node-0`,
  /** The Service for other nodes. */
  p2p: `${name}-node-p2p`,
  /** The Secret with bitcoin.conf. */
  config: `${name}-node-config`,
  /** The Secret to use the node with, one outside of the cluster as well: the keys of `Binding`. */
  rpc: `${name}-rpc`,
});

/** The labels that Pods of a node are selected by. */
export const nodeSelector = (name: string) => selectorLabels({ name: SOFTWARE, instance: name });

export const nodeLabels = (name: string) => managedLabels({ name: SOFTWARE, instance: name, component: 'node' });

/** Selects what belongs to any node, as kubectl's -l. */
export const NODES_SELECTOR = selectorText({ name: SOFTWARE });

/** How a child of a node is named and found. */
export function nodeChild(
  { metadata: { name } }: BitcoinNode,
  resource: Resource,
  child: keyof ReturnType<typeof nodeNames>,
): ChildIdentity {
  return { resource, name: nodeNames(name)[child], labels: nodeLabels(name) };
}

type NamedNode = Pick<BitcoinNode, 'spec'> & { readonly metadata: Pick<BitcoinNode['metadata'], 'name' | 'namespace'> };

/** The host under which Pods reach a node of the cluster. */
export function nodeHost({ metadata }: NamedNode): string {
  return `${nodeNames(metadata.name).node}.${metadata.namespace}.svc`;
}

export function rpcPort({ implementation, network }: BitcoinNodeSpec): number {
  return networkDialect(implementation, network).rpcPort;
}

export function p2pPort({ implementation, network }: BitcoinNodeSpec): number {
  return networkDialect(implementation, network).p2pPort;
}

/** Where RPC is answered (REST below /rest), without user and password, and with a path where a node outside has one. */
export function nodeUrl(node: NamedNode): string {
  return (
    node.spec.external?.url.replace(/(?<=^https?:\/\/[^/]+)\/$/, '') ?? `http://${nodeHost(node)}:${rpcPort(node.spec)}`
  );
}

/** Where it publishes over ZMQ; nothing where it does not. */
export function zmqUrls(node: NamedNode): readonly string[] {
  const { external, zmq } = node.spec;
  if (external !== undefined) return external.zmq;
  return zmq.topics.length === 0 ? [] : [`tcp://${nodeHost(node)}:${ZMQ_PORT}`];
}

import type { V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node';
import type { BitcoinNodeSpec } from '../../api/bitcoin-node.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { childOf, OPERATOR_LABELS } from '../runtime/child.ts';
import { NETWORK_POLICY, POD_DISRUPTION_BUDGET, SECRET, SERVICE } from '../runtime/kinds.ts';
import { ANYWHERE } from '../runtime/pod-security.ts';
import { encoded, type KubernetesObject } from '../runtime/resource.ts';
import { bitcoinConf } from './bitcoin-conf.ts';
import { bindingSecret } from './connection.ts';
import type { NodeImages, NodeInputs } from './inputs.ts';
import { CLIENT_LABEL, nodeChild, nodeSelector, p2pPort, rpcPort, ZMQ_PORT } from './names.ts';
import { nodeStatefulSet } from './stateful-set.ts';

/** All objects of a node, in the best order to create them. Equal inputs give equal objects. */
export function desiredNode(node: BitcoinNode, inputs: NodeInputs, images: NodeImages = {}): KubernetesObject[] {
  const binding = bindingSecret(node, inputs.login);
  if (node.spec.external !== undefined) return [binding];
  const conf = bitcoinConf(node.spec, inputs.login);
  return [
    binding,
    configSecret(node, conf),
    nodeNetworkPolicy(node),
    nodeService(node),
    p2pService(node),
    nodeStatefulSet(node, inputs, conf, images),
    disruptionBudget(node),
  ].filter((object) => object !== null);
}

function configSecret(node: BitcoinNode, conf: string): KubernetesObject {
  const body = { type: 'Opaque', data: encoded({ 'bitcoin.conf': conf }) };
  return childOf(node, nodeChild(node, SECRET, 'config'), body);
}

/** Unlike a required minimum, it does not block draining a machine. A Pod that is not ready may be evicted at once. */
function disruptionBudget(node: BitcoinNode): KubernetesObject {
  const spec = {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: nodeSelector(node.metadata.name) },
  };
  return childOf(node, nodeChild(node, POD_DISRUPTION_BUDGET, 'node'), { spec });
}

/** Explicit, because server-side apply identifies ports by port and protocol. */
const protocol = 'TCP';

/**
 * The headless Service. It publishes the address of the Pod even while that is not ready: what a node reports during warm-up is
 * useful, and its clients check its state themselves.
 */
function nodeService(node: BitcoinNode): KubernetesObject {
  const { name } = node.metadata;
  const { spec } = node;
  const service = {
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    selector: nodeSelector(name),
    ports: [
      { name: 'rpc', port: rpcPort(spec), protocol, targetPort: 'rpc' },
      ...(spec.zmq.topics.length > 0 ? [{ name: 'zmq', port: ZMQ_PORT, protocol, targetPort: 'zmq' }] : []),
    ],
  };
  return childOf(node, nodeChild(node, SERVICE, 'node'), { spec: service });
}

/** The Service for other nodes; null if they cannot connect. */
function p2pService(node: BitcoinNode): KubernetesObject | null {
  const { name } = node.metadata;
  const { exposure, listen } = node.spec.p2p;
  if (exposure === 'None' || !listen) return null;
  const service = {
    type: exposure,
    // Otherwise all peers would seem to have the address of a machine of the cluster, and would be banned together.
    ...(exposure === 'LoadBalancer' && { externalTrafficPolicy: 'Local' }),
    selector: nodeSelector(name),
    ports: [{ name: 'p2p', port: p2pPort(node.spec), protocol, targetPort: 'p2p' }],
  };
  return childOf(node, nodeChild(node, SERVICE, 'p2p'), { spec: service });
}

/** The form in JSON: the class of the client library renames `from`. */
interface IngressRule {
  readonly ports: readonly V1NetworkPolicyPort[];
  readonly from?: readonly V1NetworkPolicyPeer[];
}

const DNS = { ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })) };
const EVERYWHERE = {};

/** Who can connect to the node, and where it can connect; null if the operator does not manage that. */
function nodeNetworkPolicy(node: BitcoinNode): KubernetesObject | null {
  const { name } = node.metadata;
  if (node.spec.networkPolicy === 'Unmanaged') return null;
  const spec = {
    podSelector: { matchLabels: nodeSelector(name) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [clients(name, node.spec), operator(node.spec), ...peers(node.spec)],
    // Other nodes can be anywhere, at any port.
    egress: [DNS, { ports: [{ protocol: 'TCP' }], to: ANYWHERE }],
  };
  return childOf(node, nodeChild(node, NETWORK_POLICY, 'node'), { spec });
}

function clients(name: string, spec: BitcoinNodeSpec): IngressRule {
  const ports = [rpcPort(spec), ...(spec.zmq.topics.length > 0 ? [ZMQ_PORT] : [])];
  return {
    ports: ports.map((port) => ({ protocol: 'TCP', port })),
    from: [
      { podSelector: { matchLabels: { [CLIENT_LABEL]: name } } },
      ...spec.rpc.clients.map(
        ({ podSelector, namespaceSelector }): V1NetworkPolicyPeer => ({
          podSelector: { matchLabels: podSelector },
          ...(namespaceSelector !== undefined && { namespaceSelector: { matchLabels: namespaceSelector } }),
        }),
      ),
    ],
  };
}

function operator(spec: BitcoinNodeSpec): IngressRule {
  return {
    ports: [{ protocol: 'TCP', port: rpcPort(spec) }],
    from: [{ namespaceSelector: EVERYWHERE, podSelector: { matchLabels: { ...OPERATOR_LABELS } } }],
  };
}

function peers(spec: BitcoinNodeSpec): IngressRule[] {
  const { exposure, listen } = spec.p2p;
  if (exposure === 'None' || !listen) return [];
  const ports = [{ protocol: 'TCP', port: p2pPort(spec) }];
  return [exposure === 'LoadBalancer' ? { ports } : { ports, from: [{ namespaceSelector: EVERYWHERE }] }];
}

import type { V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node';
import type { BitcoinNodeSpec } from '../../api/bitcoin-node.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { NETWORK_POLICY } from '../runtime/kinds.ts';
import { OPERATOR_LABELS } from '../runtime/labels.ts';
import { ANYWHERE } from '../runtime/pod-security.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { CLIENT_LABEL, nodeChild, nodeSelector, p2pPort, rpcPort, ZMQ_PORT } from './names.ts';

/** As it is in JSON: the class of the client calls `from` another name. */
interface IngressRule {
  readonly ports: readonly V1NetworkPolicyPort[];
  readonly from?: readonly V1NetworkPolicyPeer[];
}

const DNS = { ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })) };
const EVERYWHERE = {};

/** Who reaches the node, and what it reaches; null where that is somebody else's business. */
export function nodeNetworkPolicy(node: BitcoinNode): KubernetesObject | null {
  const { name } = node.metadata;
  if (node.spec.networkPolicy === 'Unmanaged') return null;
  const spec = {
    podSelector: { matchLabels: nodeSelector(name) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [clients(name, node.spec), operator(node.spec), ...peers(node.spec)],
    // Other nodes are anywhere, and at any port.
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

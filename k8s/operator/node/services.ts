import type { BitcoinNode } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { SERVICE } from '../runtime/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { nodeChild, nodeSelector, p2pPort, rpcPort, ZMQ_PORT } from './names.ts';

/** Said, since it is a part of what tells ports apart where objects are applied. */
const protocol = 'TCP';

/**
 * The headless Service. It has the address of the Pod also while that is not ready: what a node says while it warms up is
 * worth knowing, and who uses one asks for itself how far it is.
 */
export function nodeService(node: BitcoinNode): KubernetesObject {
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

/** The Service for other nodes; null where none is to reach it. */
export function p2pService(node: BitcoinNode): KubernetesObject | null {
  const { name } = node.metadata;
  const { exposure, listen } = node.spec.p2p;
  if (exposure === 'None' || !listen) return null;
  const service = {
    type: exposure,
    // Otherwise every peer would seem to come from a machine of the cluster, and be banned together with all others.
    ...(exposure === 'LoadBalancer' && { externalTrafficPolicy: 'Local' }),
    selector: nodeSelector(name),
    ports: [{ name: 'p2p', port: p2pPort(node.spec), protocol, targetPort: 'p2p' }],
  };
  return childOf(node, nodeChild(node, SERVICE, 'p2p'), { spec: service });
}

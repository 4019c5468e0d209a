import type { BitcoinNode } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { POD_DISRUPTION_BUDGET, SECRET } from '../runtime/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { encoded } from '../runtime/secrets.ts';
import { bitcoinConf } from './bitcoin-conf.ts';
import type { NodeImages, NodeInputs } from './inputs.ts';
import { bindingSecret } from './login.ts';
import { nodeChild, nodeSelector } from './names.ts';
import { nodeNetworkPolicy } from './network-policy.ts';
import { nodeService, p2pService } from './services.ts';
import { nodeStatefulSet } from './stateful-set.ts';

/** All objects that a node consists of, in the order in which they are best made. Equal inputs give equal objects. */
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

/** It does not block the emptying of a machine, as a minimum of one would, and a Pod that is not ready may go at once. */
function disruptionBudget(node: BitcoinNode): KubernetesObject {
  const spec = {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: nodeSelector(node.metadata.name) },
  };
  return childOf(node, nodeChild(node, POD_DISRUPTION_BUDGET, 'node'), { spec });
}

import type { BitcoinNode } from '../../api/kinds.ts';
import { POD_DISRUPTION_BUDGET, SECRET } from '../runtime/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { bitcoinConf } from './bitcoin-conf.ts';
import { childMetadata } from './child-metadata.ts';
import { bindingSecret, encoded } from './login.ts';
import { nodeNames, nodeSelector } from './names.ts';
import type { NodeImages, NodeInputs } from './node-inputs.ts';
import { nodeNetworkPolicy } from './node-network-policy.ts';
import { nodeService, p2pService } from './node-services.ts';
import { nodeStatefulSet } from './node-stateful-set.ts';

/** All objects that a node consists of, in the order in which they are best made. The same is given the same. */
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
  return {
    apiVersion: SECRET.apiVersion,
    kind: SECRET.kind,
    metadata: childMetadata(node, nodeNames(node.metadata.name).config),
    type: 'Opaque',
    data: encoded({ 'bitcoin.conf': conf }),
  };
}

/** It keeps no machine from being emptied, as a minimum of one would, but lets a node that is lost anyway go at once. */
function disruptionBudget(node: BitcoinNode): KubernetesObject {
  const { name } = node.metadata;
  return {
    apiVersion: POD_DISRUPTION_BUDGET.apiVersion,
    kind: POD_DISRUPTION_BUDGET.kind,
    metadata: childMetadata(node, nodeNames(name).node),
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: nodeSelector(name) },
    },
  };
}

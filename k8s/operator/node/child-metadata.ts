import type { BitcoinNode } from '../../api/kinds.ts';
import { controlledBy, type ObjectMeta } from '../runtime/resource.ts';
import { nodeLabels } from './names.ts';

/** The metadata of what is made for a node. */
export function childMetadata(node: BitcoinNode, name: string): ObjectMeta {
  return {
    name,
    namespace: node.metadata.namespace,
    labels: nodeLabels(node.metadata.name),
    ownerReferences: [controlledBy(node)],
  };
}

import type { BitcoinIndex } from '../../api/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { autoscalerObjects } from './autoscaler.ts';
import { saltSecret } from './checksum.ts';
import { gatewayObjects } from './gateway.ts';
import { indexerObjects } from './indexer.ts';
import { ingressObjects } from './ingress.ts';
import type { IndexInputs } from './inputs.ts';
import { mongodbObjects } from './mongodb/mongodb.ts';
import { monitoringObjects } from './monitoring.ts';
import { networkPolicies } from './network-policies.ts';
import { isServed } from './served.ts';

/** All objects that an index consists of, in the order in which they are best made. The same is given the same. */
export function desiredIndex(index: BitcoinIndex, inputs: IndexInputs): KubernetesObject[] {
  const wanted = [
    saltSecret(index, inputs.salt),
    ...networkPolicies(index, inputs),
    ...mongodbObjects(index, inputs),
    ...indexerObjects(index, inputs),
    ...gatewayObjects(index, inputs),
    ...autoscalerObjects(index, inputs),
    ...ingressObjects(index),
    ...monitoringObjects(index, inputs),
  ];
  return wanted.filter((object) => isServed(object, inputs.served));
}

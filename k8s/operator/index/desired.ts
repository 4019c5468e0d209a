import type { BitcoinIndex } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { SECRET } from '../runtime/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { encoded } from '../runtime/secrets.ts';
import { isServed } from '../runtime/served.ts';
import { autoscalerObjects } from './autoscaler.ts';
import { gatewayObjects } from './gateway.ts';
import { indexerObjects } from './indexer.ts';
import { ingressObjects } from './ingress.ts';
import type { IndexInputs } from './inputs.ts';
import { mongodbObjects } from './mongodb/desired.ts';
import { monitoringObjects } from './monitoring.ts';
import { labelsOf, partName, SALT_KEY } from './names.ts';
import { networkPolicies } from './network-policies.ts';
import { OPTIONAL } from './served.ts';

/** All objects that an index consists of, in the order in which they are best made. Equal inputs give equal objects. */
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
  return wanted.filter((object) => isServed(object, OPTIONAL, inputs.served));
}

/** Keeps the salt, so that a restarted operator makes the same checksums. */
function saltSecret(index: BitcoinIndex, salt: string): KubernetesObject {
  const child = { resource: SECRET, name: partName(index, 'checksum'), labels: labelsOf(index) };
  return childOf(index, child, { type: 'Opaque', data: encoded({ [SALT_KEY]: salt }) });
}

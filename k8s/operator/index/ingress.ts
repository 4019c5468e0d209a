import type { V1IngressSpec } from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { INGRESS } from '../runtime/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { labelsOf } from './names.ts';

/**
 * What lets the internet in, if it is to be. How long a connection may be silent is the ingress controller's to say, by
 * annotations of the spec: longer than the 12 s in which subscribers are pinged.
 */
export function ingressObjects(index: BitcoinIndex): KubernetesObject[] {
  const { ingress } = index.spec.gateway;
  if (ingress === undefined) return [];
  const { host, className, tlsSecretName, annotations } = ingress;
  const { name } = index.metadata;
  const spec: V1IngressSpec = {
    ...(className !== undefined && { ingressClassName: className }),
    ...(tlsSecretName !== undefined && { tls: [{ hosts: [host], secretName: tlsSecretName }] }),
    rules: [
      {
        host,
        http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { name: 'http' } } } }] },
      },
    ],
  };
  return [childOf(index, { resource: INGRESS, name, labels: labelsOf(index, 'gateway'), annotations }, { spec })];
}

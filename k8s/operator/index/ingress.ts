import type { V1IngressSpec } from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { childOf, gatewayUrl } from './names.ts';

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
  const child = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name, component: 'gateway' } as const;
  return [childOf(index, { ...child, ...(annotations && { annotations }) }, { spec })];
}

/** Where GraphQL is answered: for everybody where there is an Ingress, else for the cluster. */
export function publicUrl({ spec, metadata }: BitcoinIndex): string {
  const { ingress } = spec.gateway;
  if (ingress === undefined) return `${gatewayUrl(metadata)}/graphql`;
  return `http${ingress.tlsSecretName === undefined ? '' : 's'}://${ingress.host}/graphql`;
}

import type { V1IngressSpec, V1ServiceSpec } from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { isServed } from '../runtime/discovery.ts';
import { INGRESS, SECRET, SERVICE, SERVICE_MONITOR } from '../runtime/kinds.ts';
import { encoded, type KubernetesObject } from '../runtime/resource.ts';
import { autoscalerObjects, gatewayObjects } from './gateway.ts';
import { indexerObjects } from './indexer.ts';
import type { IndexInputs } from './inputs.ts';
import { mongodbObjects } from './mongodb.ts';
import { labelsOf, METRICS_PORT, partName, SALT_KEY, selectorOf } from './names.ts';
import { networkPolicies } from './network-policies.ts';
import { OPTIONAL } from './served.ts';

/** All objects of an index, in the best order to create them. Equal inputs give equal objects. */
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

/** Stores the salt, so that a restarted operator computes the same checksums. */
function saltSecret(index: BitcoinIndex, salt: string): KubernetesObject {
  const child = { resource: SECRET, name: partName(index, 'checksum'), labels: labelsOf(index) };
  return childOf(index, child, { type: 'Opaque', data: encoded({ [SALT_KEY]: salt }) });
}

/**
 * The Ingress, if the spec asks for one. The ingress controller decides how long a connection may be silent (by annotations of
 * the spec). It must be more than 12 s, the interval in which subscribers are pinged.
 */
function ingressObjects(index: BitcoinIndex): KubernetesObject[] {
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

/**
 * Lets Prometheus find the metrics of an index: a Service for each component, selected by a ServiceMonitor. They are separate
 * from the Service for GraphQL, so that no Ingress leads to them, and Pods that are not ready are scraped as well.
 */
function monitoringObjects(index: BitcoinIndex, { served }: IndexInputs): KubernetesObject[] {
  const services = (['indexer', 'gateway'] as const).map((component) => {
    const spec: V1ServiceSpec = {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selectorOf(index, component),
      ports: [{ name: 'metrics', port: METRICS_PORT, targetPort: 'metrics', protocol: 'TCP' }],
    };
    return childOf(
      index,
      { resource: SERVICE, name: `${partName(index, component)}-metrics`, labels: labelsOf(index, component) },
      { spec },
    );
  });
  if (!index.spec.serviceMonitor || !served.serviceMonitor) return services;
  return [...services, serviceMonitor(index)];
}

function serviceMonitor(index: BitcoinIndex): KubernetesObject {
  const { name, namespace } = index.metadata;
  const spec = {
    selector: {
      matchLabels: { 'app.kubernetes.io/name': 'bitql', 'app.kubernetes.io/instance': name },
      matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: ['indexer', 'gateway'] }],
    },
    namespaceSelector: { matchNames: [namespace] },
    targetLabels: ['app.kubernetes.io/instance', 'app.kubernetes.io/component'],
    endpoints: [{ port: 'metrics', path: '/metrics', interval: '30s', scrapeTimeout: '10s' }],
  };
  return childOf(
    index,
    { resource: SERVICE_MONITOR, name: partName(index, 'metrics'), labels: labelsOf(index) },
    { spec },
  );
}

import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import type { IndexInputs } from './inputs.ts';
import { childOf, METRICS_PORT, partName, selectorOf } from './names.ts';

/**
 * How Prometheus finds the metrics of an index: a Service for each component, which a ServiceMonitor selects. They are apart
 * from the Service of GraphQL, so that no Ingress leads to them; Pods that are not ready are scraped as well.
 */
export function monitoringObjects(index: BitcoinIndex, { served }: IndexInputs): KubernetesObject[] {
  const services = (['indexer', 'gateway'] as const).map((component) => {
    const spec: V1ServiceSpec = {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selectorOf(index, component),
      ports: [{ name: 'metrics', port: METRICS_PORT, targetPort: 'metrics', protocol: 'TCP' }],
    };
    return childOf(
      index,
      { apiVersion: 'v1', kind: 'Service', name: `${partName(index, component)}-metrics`, component },
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
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', name: partName(index, 'metrics') },
    { spec },
  );
}

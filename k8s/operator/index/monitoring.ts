import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { SERVICE, SERVICE_MONITOR } from '../runtime/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import type { IndexInputs } from './inputs.ts';
import { labelsOf, METRICS_PORT, partName, selectorOf } from './names.ts';

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

import type { V2HorizontalPodAutoscalerSpec, V2MetricSpec } from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER } from '../runtime/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import type { IndexInputs } from './inputs.ts';
import { labelsOf, partName } from './names.ts';
import { asksForCustomMetrics } from './served.ts';

/** What an adapter for custom metrics is to tell of each gateway; k8s/components/custom-metrics has the rules for one. */
export const REQUESTS_METRIC = 'bitql_gateway_requests_per_second';
export const SUBSCRIPTIONS_METRIC = 'bitql_gateway_subscriptions';

const QUIET_SECONDS = 300;

/** What says how many gateways there are. Without custom metrics it goes by processor time alone; where nobody knows, it stays as it is. */
export function autoscalerObjects(index: BitcoinIndex, { served }: IndexInputs): KubernetesObject[] {
  if (asksForCustomMetrics(index) && served.customMetrics === null) return [];
  const name = partName(index, 'gateway');
  const { replicas } = index.spec.gateway;
  const spec: V2HorizontalPodAutoscalerSpec = {
    scaleTargetRef: { apiVersion: DEPLOYMENT.apiVersion, kind: DEPLOYMENT.kind, name },
    minReplicas: replicas.min,
    maxReplicas: replicas.max,
    metrics: metricsOf(index, served.customMetrics === true),
    // Who is subscribed has to connect anew when a gateway goes, so few go at a time.
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 0 },
      scaleDown: {
        stabilizationWindowSeconds: QUIET_SECONDS,
        policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
      },
    },
  };
  return [childOf(index, { resource: HORIZONTAL_POD_AUTOSCALER, name, labels: labelsOf(index, 'gateway') }, { spec })];
}

function metricsOf({ spec }: BitcoinIndex, customMetrics: boolean): V2MetricSpec[] {
  const { cpuPercent, requestsPerSecond, subscriptions } = spec.gateway.autoscaling;
  const cpu: V2MetricSpec = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuPercent } },
  };
  const perPod = (name: string, average: number | undefined): V2MetricSpec[] =>
    average === undefined || !customMetrics
      ? []
      : [{ type: 'Pods', pods: { metric: { name }, target: { type: 'AverageValue', averageValue: String(average) } } }];
  return [cpu, ...perPod(REQUESTS_METRIC, requestsPerSecond), ...perPod(SUBSCRIPTIONS_METRIC, subscriptions)];
}

import type { BitcoinIndex } from '../../api/kinds.ts';
import { kindsAnswered, type OptionalKinds, type ServedKinds } from '../runtime/discovery.ts';
import {
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SERVICE_MONITOR,
} from '../runtime/kinds.ts';

type OptionalIndexKind =
  | 'autoscaler'
  | 'customMetrics'
  | 'disruptionBudget'
  | 'ingress'
  | 'networkPolicy'
  | 'serviceMonitor';

/** Which optional kinds the cluster serves; null if it does not report it. */
export type Served = ServedKinds<OptionalIndexKind>;

/** The kind that adapters for custom metrics serve, in its newer and older versions. */
const CUSTOM_METRICS = ['v1beta2', 'v1beta1'].map((version) => ({
  apiVersion: `custom.metrics.k8s.io/${version}`,
  kind: 'MetricValueList',
  plural: 'pods',
}));

/** Kinds of an index that not every cluster serves. */
export const OPTIONAL: OptionalKinds<OptionalIndexKind> = {
  autoscaler: [HORIZONTAL_POD_AUTOSCALER],
  customMetrics: CUSTOM_METRICS,
  disruptionBudget: [POD_DISRUPTION_BUDGET],
  ingress: [INGRESS],
  networkPolicy: [NETWORK_POLICY],
  serviceMonitor: [SERVICE_MONITOR],
};

/**
 * Kinds that the index would use and the cluster does not serve, as `KIND of GROUP/VERSION`.
 * @param answer false for kinds that are not served; null for kinds for which the cluster does not report it
 */
export function notServed(index: BitcoinIndex, served: Served, answer: false | null): string[] {
  const { spec } = index;
  const wanted: Readonly<Record<OptionalIndexKind, boolean>> = {
    autoscaler: true,
    customMetrics: asksForCustomMetrics(index),
    disruptionBudget: true,
    ingress: spec.gateway.ingress !== undefined,
    networkPolicy: spec.networkPolicy === 'Managed',
    serviceMonitor: spec.serviceMonitor,
  };
  const names = (Object.keys(OPTIONAL) as OptionalIndexKind[]).filter((name) => wanted[name]);
  return kindsAnswered(answer, names, OPTIONAL, served);
}

export function asksForCustomMetrics({ spec }: BitcoinIndex): boolean {
  const { requestsPerSecond, subscriptions } = spec.gateway.autoscaling;
  return requestsPerSecond !== undefined || subscriptions !== undefined;
}

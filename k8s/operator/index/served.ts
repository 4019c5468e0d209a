import type { BitcoinIndex } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import {
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SERVICE_MONITOR,
} from '../runtime/kinds.ts';
import type { Resource } from '../runtime/resource.ts';
import { asksForCustomMetrics } from './autoscaler.ts';
import type { Served } from './inputs.ts';

/** What adapters for custom metrics serve, older ones and newer. */
const CUSTOM_METRICS = ['v1beta2', 'v1beta1'].map((version) => ({
  apiVersion: `custom.metrics.k8s.io/${version}`,
  kind: 'MetricValueList',
  plural: 'pods',
}));

/** Kinds that not each cluster serves; of several, one is enough. */
const OPTIONAL: Readonly<Record<keyof Served, readonly Resource[]>> = {
  autoscaler: [HORIZONTAL_POD_AUTOSCALER],
  customMetrics: CUSTOM_METRICS,
  disruptionBudget: [POD_DISRUPTION_BUDGET],
  ingress: [INGRESS],
  networkPolicy: [NETWORK_POLICY],
  serviceMonitor: [SERVICE_MONITOR],
};
const NAMES = Object.keys(OPTIONAL) as (keyof Served)[];

export async function readServed(cluster: Cluster): Promise<Served> {
  const anyOf = async (resources: readonly Resource[]) => {
    const answers = await Promise.all(resources.map((resource) => cluster.serves(resource)));
    if (answers.includes(true)) return true;
    return answers.includes(null) ? null : false;
  };
  const answers = NAMES.map(async (name) => [name, await anyOf(OPTIONAL[name])] as const);
  return Object.fromEntries(await Promise.all(answers)) as unknown as Served;
}

/** Whether the cluster is known to have a kind. */
export function isServed({ kind }: Pick<Resource, 'kind'>, served: Served): boolean {
  return NAMES.every((name) => served[name] === true || OPTIONAL[name].every((optional) => optional.kind !== kind));
}

/**
 * What the index would have and the cluster does not serve, as `kind of group/version`.
 * @param answer what the cluster says of it; null for what it says nothing of
 */
export function notServed(index: BitcoinIndex, served: Served, answer: false | null = false): string[] {
  const { spec } = index;
  const { ingress } = spec.gateway;
  const wanted: Readonly<Record<keyof Served, boolean>> = {
    autoscaler: true,
    customMetrics: asksForCustomMetrics(index),
    disruptionBudget: true,
    ingress: ingress !== undefined,
    networkPolicy: spec.networkPolicy === 'Managed',
    serviceMonitor: spec.serviceMonitor,
  };
  const missing = NAMES.filter((name) => wanted[name] && served[name] === answer);
  return missing.map((name) => `${OPTIONAL[name][0]!.kind} of ${OPTIONAL[name][0]!.apiVersion}`);
}

import type {
  V1Container,
  V1DeploymentSpec,
  V1PodDisruptionBudgetSpec,
  V1ServiceSpec,
  V2HorizontalPodAutoscalerSpec,
  V2MetricSpec,
} from '@kubernetes/client-node';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { CLIENT_LABEL } from '../node/names.ts';
import { childOf } from '../runtime/child.ts';
import { DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER, POD_DISRUPTION_BUDGET, SERVICE } from '../runtime/kinds.ts';
import { USER_ID } from '../runtime/pod-security.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import type { IndexInputs, MountedFile } from './inputs.ts';
import { GATEWAY_PORT, labelsOf, METRICS_PORT, partName, selectorOf } from './names.ts';
import {
  bitqlContainer,
  checksum,
  commonVariables,
  containerResources,
  environment,
  nodeVariable,
  podSpec,
  TEMPORARY_MOUNT,
  TEMPORARY_VOLUME,
} from './pod.ts';
import { asksForCustomMetrics } from './served.ts';

/**
 * How long a gateway takes to stop after its drain delay, in seconds: 5 to disconnect subscribers, 10 for open answers, and a
 * margin.
 */
const ENDING_SECONDS = 5 + 10 + 15;
/** Memory that a gateway needs in addition to its cache. */
const BASE_MEMORY_MIB = 384;
const FILES = '/etc/bitql';

/** The gateways (`bitql serve`), with what they are reached by and scaled with. */
export function gatewayObjects(index: BitcoinIndex, inputs: IndexInputs): KubernetesObject[] {
  const name = partName(index, 'gateway');
  const selector = selectorOf(index, 'gateway');
  const service: V1ServiceSpec = {
    type: 'ClusterIP',
    selector,
    ports: [{ name: 'http', port: GATEWAY_PORT, targetPort: 'http', protocol: 'TCP' }],
  };
  const budget: V1PodDisruptionBudgetSpec = {
    maxUnavailable: '25%', // rounded up
    selector: { matchLabels: selector },
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  };
  const own = { name, labels: labelsOf(index, 'gateway') };
  return [
    childOf(index, { resource: DEPLOYMENT, ...own }, { spec: deployment(index, inputs) }),
    childOf(index, { resource: SERVICE, ...own, name: index.metadata.name }, { spec: service }),
    childOf(index, { resource: POD_DISRUPTION_BUDGET, ...own }, { spec: budget }),
  ];
}

/** The number of gateways; undefined if an autoscaler sets it. */
function replicasOf({ spec }: BitcoinIndex, { served }: IndexInputs): number | undefined {
  if (spec.desiredState === 'Stopped') return 0;
  // If it is not known whether there is an autoscaler, one may be active.
  return served.autoscaler === false ? spec.gateway.replicas.min : undefined;
}

function deployment(index: BitcoinIndex, inputs: IndexInputs): V1DeploymentSpec {
  const { spec } = index;
  const { gateway, nodeRef } = spec;
  const selector = selectorOf(index, 'gateway');
  const replicas = replicasOf(index, inputs);
  const files = filesOf(inputs);
  const node = gateway.broadcast ? inputs.nodeUri : null;
  const texts = [inputs.storeUri, node, ...files.map(({ file }) => file.text)];
  return {
    ...(replicas !== undefined && { replicas }),
    revisionHistoryLimit: 3,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
    selector: { matchLabels: selector },
    template: {
      metadata: {
        labels: { ...labelsOf(index, 'gateway'), ...(gateway.broadcast && { [CLIENT_LABEL]: nodeRef.name }) },
        annotations: checksum(inputs.salt, texts),
      },
      spec: podSpec(
        spec,
        {
          user: USER_ID,
          scheduling: gateway.scheduling,
          spread: selector,
          graceSeconds: gateway.drainSeconds + ENDING_SECONDS,
        },
        { containers: [containerOf(index, inputs)], volumes: [TEMPORARY_VOLUME, ...files.map(volumeOf)] },
      ),
    },
  };
}

function containerOf(index: BitcoinIndex, inputs: IndexInputs): V1Container {
  const { gateway } = index.spec;
  const files = filesOf(inputs);
  const probe = (path: string) => ({ httpGet: { path, port: 'http' }, timeoutSeconds: 5 });
  return bitqlContainer(index, inputs, {
    name: 'gateway',
    args: ['serve'],
    env: [
      ...commonVariables(index),
      ...(gateway.broadcast ? [nodeVariable(index)] : []),
      ...environment({
        BITQL_HOST: '0.0.0.0',
        BITQL_PORT: GATEWAY_PORT,
        BITQL_SCAN_BUDGET: gateway.scanBudget,
        BITQL_GATEWAY_CACHE: gateway.cacheMiB,
        BITQL_MAX_SUBSCRIPTIONS: gateway.maxSubscriptions,
        BITQL_DRAIN_DELAY: gateway.drainSeconds,
        BITQL_TRUSTED_PROXIES: gateway.trustedProxies.length === 0 ? null : gateway.trustedProxies.join(','),
        BITQL_CORS: gateway.cors === undefined ? null : gateway.cors.join(',') || 'none',
        ...Object.fromEntries(files.map(({ variable, name, file }) => [variable, `${FILES}/${name}/${file.key}`])),
      }),
    ],
    ports: [
      { name: 'http', containerPort: GATEWAY_PORT, protocol: 'TCP' },
      { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
    ],
    resources: containerResources(gateway.resources, {
      cpu: '250m',
      memory: `${gateway.cacheMiB + BASE_MEMORY_MIB}Mi`,
    }),
    startupProbe: { ...probe('/readyz'), periodSeconds: 2, failureThreshold: 30 * 60 * 24 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...probe('/livez'), periodSeconds: 15, failureThreshold: 4 },
    volumeMounts: [
      TEMPORARY_MOUNT,
      ...files.map(({ name }) => ({ name, mountPath: `${FILES}/${name}`, readOnly: true })),
    ],
  });
}

interface GatewayFile {
  readonly name: string;
  readonly variable: string;
  readonly file: MountedFile;
}

function filesOf({ tiers, trustedDocuments }: IndexInputs): GatewayFile[] {
  return [
    ...(tiers === null ? [] : [{ name: 'tiers', variable: 'BITQL_TIERS', file: tiers }]),
    ...(trustedDocuments === null
      ? []
      : [{ name: 'trusted-documents', variable: 'BITQL_TRUSTED_DOCUMENTS', file: trustedDocuments }]),
  ];
}

function volumeOf({ name, file }: GatewayFile) {
  return { name, configMap: { name: file.configMap, items: [{ key: file.key, path: file.key }] } };
}

/** Metrics that an adapter for custom metrics provides for each gateway. Its rules are in k8s/components/custom-metrics. */
export const REQUESTS_METRIC = 'bitql_gateway_requests_per_second';
export const SUBSCRIPTIONS_METRIC = 'bitql_gateway_subscriptions';

const QUIET_SECONDS = 300;

/**
 * The autoscaler of the gateways. Without custom metrics it uses processor time alone. If it is not known whether there are any,
 * an existing autoscaler stays as it is.
 */
export function autoscalerObjects(index: BitcoinIndex, { served }: IndexInputs): KubernetesObject[] {
  if (asksForCustomMetrics(index) && served.customMetrics === null) return [];
  const name = partName(index, 'gateway');
  const { replicas } = index.spec.gateway;
  const spec: V2HorizontalPodAutoscalerSpec = {
    scaleTargetRef: { apiVersion: DEPLOYMENT.apiVersion, kind: DEPLOYMENT.kind, name },
    minReplicas: replicas.min,
    maxReplicas: replicas.max,
    metrics: metricsOf(index, served.customMetrics === true),
    // Subscribers of a gateway that stops have to reconnect, so few gateways stop at a time.
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

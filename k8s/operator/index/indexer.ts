import type { V1DeploymentSpec, V1PodDisruptionBudgetSpec } from '@kubernetes/client-node';
import { networkByChain } from '../../../src/chain/networks.ts';
import type { BitcoinIndex, BitcoinNode } from '../../api/kinds.ts';
import { DIALECTS, networkDialect } from '../node/dialects.ts';
import { CLIENT_LABEL, zmqUrls } from '../node/names.ts';
import { childOf } from '../runtime/child.ts';
import { DEPLOYMENT, POD_DISRUPTION_BUDGET } from '../runtime/kinds.ts';
import { USER_ID } from '../runtime/pod-security.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import type { IndexInputs } from './inputs.ts';
import { labelsOf, METRICS_PORT, partName, selectorOf } from './names.ts';
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

/** Writing a large block to a slow database takes a while. An interrupted commit costs only time. */
const GRACE_SECONDS = 120;
/** Memory that an indexer needs in addition to its cache. */
const BASE_MEMORY_MIB = 512;

/** The indexer: `bitql index`. */
export function indexerObjects(index: BitcoinIndex, inputs: IndexInputs): KubernetesObject[] {
  const name = partName(index, 'indexer');
  const selector = { matchLabels: selectorOf(index, 'indexer') };
  const budget: V1PodDisruptionBudgetSpec = { maxUnavailable: 1, selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
  return [
    childOf(
      index,
      { resource: DEPLOYMENT, name, labels: labelsOf(index, 'indexer') },
      { spec: deployment(index, inputs) },
    ),
    childOf(index, { resource: POD_DISRUPTION_BUDGET, name, labels: labelsOf(index, 'indexer') }, { spec: budget }),
  ];
}

function deployment(index: BitcoinIndex, inputs: IndexInputs): V1DeploymentSpec {
  const { spec } = index;
  const { indexer } = spec;
  const selector = selectorOf(index, 'indexer');
  // A successor waits until its predecessor has released the lease of the store, so there are never two writers.
  return {
    replicas: spec.desiredState === 'Stopped' ? 0 : indexer.replicas,
    revisionHistoryLimit: 3,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    selector: { matchLabels: selector },
    template: {
      metadata: {
        labels: { ...labelsOf(index, 'indexer'), [CLIENT_LABEL]: spec.nodeRef.name },
        annotations: checksum(inputs.salt, [inputs.nodeUri, inputs.storeUri]),
      },
      spec: podSpec(
        spec,
        { user: USER_ID, scheduling: indexer.scheduling, spread: selector, graceSeconds: GRACE_SECONDS },
        { containers: [containerOf(index, inputs)], volumes: [TEMPORARY_VOLUME] },
      ),
    },
  };
}

function containerOf(index: BitcoinIndex, inputs: IndexInputs) {
  const { indexer } = index.spec;
  const zmq = zmqUrls(inputs.node);
  const metrics = { httpGet: { path: '/metrics', port: 'metrics' } };
  return bitqlContainer(index, inputs, {
    name: 'indexer',
    args: ['index'],
    env: [
      ...commonVariables(index),
      nodeVariable(index),
      ...environment({
        BITQL_NETWORK: networkOf(inputs.node),
        BITQL_ZMQ: zmq.length === 0 ? null : zmq.join(','),
        BITQL_FROM: indexer.from,
        BITQL_INDEX: indexer.index.length === 0 ? null : indexer.index.join(',').toLowerCase(),
        BITQL_CACHE: indexer.cacheMiB,
        BITQL_KEEP_EVENTS: indexer.keepEventsHours,
      }),
    ],
    ports: [{ name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' }],
    resources: containerResources(indexer.resources, {
      cpu: '250m',
      memory: `${indexer.cacheMiB + BASE_MEMORY_MIB}Mi`,
    }),
    // Metrics are served once the database has answered. That may take long, and a restart would not help.
    startupProbe: { ...metrics, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 30 * 60 * 24 },
    readinessProbe: { ...metrics, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 3 },
    // It detects only a process that hangs. How far the index is has no influence on it.
    livenessProbe: { ...metrics, periodSeconds: 30, timeoutSeconds: 30, failureThreshold: 10 },
    volumeMounts: [TEMPORARY_MOUNT],
  });
}

/** The network of the node, by the name that the index uses. */
function networkOf({ spec }: BitcoinNode): string | null {
  const { chain } = networkDialect(spec.implementation, spec.network);
  return networkByChain(DIALECTS[spec.implementation].currency, chain)?.id ?? null;
}

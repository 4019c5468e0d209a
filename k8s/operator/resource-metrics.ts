import type { Registry } from 'prom-client';
import { Collector, type MetricText, one, perLabel, type Samples } from '../../src/metrics/collector.ts';
import type { BitcoinNodeSpec } from '../api/bitcoin-node.ts';
import type { BlockTriggerSpec } from '../api/block-trigger.ts';
import type { BitcoinIndex, BitcoinNode, BlockTrigger } from '../api/kinds.ts';
import type { ApiObject } from './runtime/resource.ts';

const OF_OBJECT = ['namespace', 'name'] as const;

/** Metrics of the objects that the operator looks after: the numbers in their status. */
export const RESOURCE_METRICS = {
  bitql_resource_condition: {
    type: 'gauge',
    labels: ['kind', ...OF_OBJECT, 'condition'],
    help: 'Conditions of nodes, indexes and triggers: 1 for true, 0 for false, -1 for unknown.',
  },
  bitql_resource_running: {
    type: 'gauge',
    labels: ['kind', ...OF_OBJECT],
    help: '1 if the resource should run; 0 if its spec stops or suspends it.',
  },
  bitql_node_blocks: { type: 'gauge', labels: OF_OBJECT, help: "Height of a node's newest block." },
  bitql_node_headers: { type: 'gauge', labels: OF_OBJECT, help: 'Height of the newest header that a node knows.' },
  bitql_node_best_block_timestamp_seconds: {
    type: 'gauge',
    labels: OF_OBJECT,
    help: "Time in the header of a node's newest block, in Unix seconds.",
  },
  bitql_node_peers: {
    type: 'gauge',
    labels: [...OF_OBJECT, 'direction'],
    help: "A node's connections, by direction: inbound or outbound.",
  },
  bitql_node_size_on_disk_bytes: {
    type: 'gauge',
    labels: OF_OBJECT,
    help: "Size of the blocks on a node's disk, in bytes.",
  },
  bitql_node_storage_used_ratio: {
    type: 'gauge',
    labels: OF_OBJECT,
    help: "Fraction of a node's volume that the chain uses, from 0 to 1.",
  },
  bitql_node_split_depth_blocks: {
    type: 'gauge',
    labels: OF_OBJECT,
    help: 'Number of blocks of the other chain that a node does not have, while the chain is split.',
  },
  bitql_index_height: { type: 'gauge', labels: OF_OBJECT, help: 'Height of the highest block of an index.' },
  bitql_index_lag_blocks: {
    type: 'gauge',
    labels: OF_OBJECT,
    help: 'Number of blocks that the node of an index has and the index does not have yet.',
  },
  bitql_index_replicas: {
    type: 'gauge',
    labels: [...OF_OBJECT, 'component'],
    help: 'Existing Pods of an index, by component: indexer or gateway.',
  },
  bitql_index_ready_replicas: {
    type: 'gauge',
    labels: [...OF_OBJECT, 'component'],
    help: 'Ready Pods of an index, by component: indexer or gateway.',
  },
  bitql_trigger_handled_height: {
    type: 'gauge',
    labels: OF_OBJECT,
    help: 'Height of the newest block that a trigger handled.',
  },
  bitql_trigger_created_total: { type: 'counter', labels: OF_OBJECT, help: 'Objects created by a trigger.' },
  bitql_trigger_skipped_total: {
    type: 'counter',
    labels: OF_OBJECT,
    help: 'Objects that a trigger did not create because of Forbid, Skip or a limit.',
  },
  bitql_trigger_orphaned_total: {
    type: 'counter',
    labels: OF_OBJECT,
    help: 'Objects of a trigger that were deleted because their block left the main chain.',
  },
} as const satisfies Record<string, MetricText>;

type ResourceMetric = keyof typeof RESOURCE_METRICS;

/** Registers the metrics. Each scrape reads the current objects. */
export function registerResourceMetrics(registry: Registry, objects: () => readonly ApiObject[]): void {
  const collector = new Collector(registry, RESOURCE_METRICS);
  for (const name of Object.keys(RESOURCE_METRICS) as ResourceMetric[]) {
    collector.collect(name, () => objects().flatMap((object) => ownSamples(name, object)));
  }
}

function ownSamples(name: ResourceMetric, object: ApiObject): Samples {
  const { namespace = '', name: objectName } = object.metadata;
  return samplesOf(name, object).map(([labels, value]) => [{ namespace, name: objectName, ...labels }, value]);
}

function samplesOf(name: ResourceMetric, object: ApiObject): Samples {
  if (name === 'bitql_resource_condition') return conditionSamples(object);
  if (name === 'bitql_resource_running') return [[{ kind: object.kind }, isToRun(object) ? 1 : 0]];
  if (object.kind === 'BitcoinNode') return nodeSamples(name, (object as unknown as BitcoinNode).status ?? {});
  if (object.kind === 'BitcoinIndex') return indexSamples(name, (object as unknown as BitcoinIndex).status ?? {});
  if (object.kind === 'BlockTrigger') return triggerSamples(name, (object as unknown as BlockTrigger).status ?? {});
  return [];
}

const VALUES = { True: 1, False: 0, Unknown: -1 } as const;

function conditionSamples(object: ApiObject): Samples {
  const { conditions = [] } = (object as unknown as BitcoinNode).status ?? {};
  return conditions.map(({ type, status }) => [{ kind: object.kind, condition: type }, VALUES[status]]);
}

function isToRun(object: ApiObject): boolean {
  const { desiredState, suspend } = (
    object as ApiObject & { readonly spec: Partial<BitcoinNodeSpec & BlockTriggerSpec> }
  ).spec;
  return desiredState !== 'Stopped' && suspend !== true;
}

function nodeSamples(name: ResourceMetric, status: NonNullable<BitcoinNode['status']>): Samples {
  const { chain, peers, storage, split } = status;
  switch (name) {
    case 'bitql_node_blocks':
      return one(chain?.blocks);
    case 'bitql_node_headers':
      return one(chain?.headers);
    case 'bitql_node_best_block_timestamp_seconds':
      return one(chain && Date.parse(chain.bestBlockTime) / 1_000);
    case 'bitql_node_peers':
      return perLabel('direction', { inbound: peers?.inbound, outbound: peers?.outbound });
    case 'bitql_node_size_on_disk_bytes':
      return one(chain?.sizeOnDisk === undefined ? undefined : Number(chain.sizeOnDisk));
    case 'bitql_node_storage_used_ratio':
      return one(storage?.usedPercent === undefined ? undefined : storage.usedPercent / 100);
    case 'bitql_node_split_depth_blocks':
      return one(split?.depth);
    default:
      return [];
  }
}

function indexSamples(name: ResourceMetric, status: NonNullable<BitcoinIndex['status']>): Samples {
  const { height, lag, indexer, gateway } = status;
  switch (name) {
    case 'bitql_index_height':
      return one(height);
    case 'bitql_index_lag_blocks':
      return one(lag);
    case 'bitql_index_replicas':
      return perLabel('component', { indexer: indexer?.replicas, gateway: gateway?.replicas });
    case 'bitql_index_ready_replicas':
      return perLabel('component', { indexer: indexer?.readyReplicas, gateway: gateway?.readyReplicas });
    default:
      return [];
  }
}

function triggerSamples(name: ResourceMetric, status: NonNullable<BlockTrigger['status']>): Samples {
  const { handled, created, skipped, orphaned } = status;
  switch (name) {
    case 'bitql_trigger_handled_height':
      return one(handled?.height);
    case 'bitql_trigger_created_total':
      return one(created);
    case 'bitql_trigger_skipped_total':
      return one(skipped);
    case 'bitql_trigger_orphaned_total':
      return one(orphaned);
    default:
      return [];
  }
}

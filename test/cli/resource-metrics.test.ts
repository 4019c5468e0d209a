import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RESOURCE_METRICS, registerResourceMetrics } from '../../k8s/operator/resource-metrics.ts';
import type { ApiObject } from '../../k8s/operator/runtime/resource.ts';

const condition = (type: string, status: string) => ({ type, status, reason: 'Because', message: '' });
const object = (kind: string, status: object, spec: object = { desiredState: 'Running' }): ApiObject => {
  const metadata = { namespace: 'space', name: 'main' };
  return { apiVersion: 'bitql.dev/v1alpha1', kind, metadata, spec, status } as ApiObject;
};

const NODE = object('BitcoinNode', {
  conditions: [condition('Ready', 'True'), condition('ChainSplit', 'False'), condition('Synced', 'Unknown')],
  chain: { blocks: 840_000, headers: 840_002, bestBlockTime: '2024-04-20T00:09:27Z', sizeOnDisk: '640000000000' },
  peers: { inbound: 12, outbound: 10 },
  storage: { capacity: '1Ti', usedPercent: 61 },
  split: { depth: 2 },
});
const INDEX = object(
  'BitcoinIndex',
  {
    height: 839_990,
    lag: 10,
    indexer: { replicas: 2, readyReplicas: 1 },
    gateway: { replicas: 3, readyReplicas: 3 },
  },
  { desiredState: 'Stopped' },
);
const TRIGGER = object(
  'BlockTrigger',
  { handled: { height: 840_000 }, created: 7, skipped: 2, orphaned: 1 },
  { suspend: true },
);

/** The samples of a scrape, without their comments. */
async function scraped(objects: readonly ApiObject[]): Promise<string[]> {
  const registry = new Registry();
  registerResourceMetrics(registry, () => objects);
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

it('reports what the status of each object says', async () => {
  const of = 'namespace="space",name="main"';
  expect((await scraped([NODE, INDEX, TRIGGER])).sort()).toEqual(
    [
      `bitql_resource_condition{${of},kind="BitcoinNode",condition="Ready"} 1`,
      `bitql_resource_condition{${of},kind="BitcoinNode",condition="ChainSplit"} 0`,
      `bitql_resource_condition{${of},kind="BitcoinNode",condition="Synced"} -1`,
      `bitql_resource_running{${of},kind="BitcoinNode"} 1`,
      `bitql_resource_running{${of},kind="BitcoinIndex"} 0`,
      `bitql_resource_running{${of},kind="BlockTrigger"} 0`,
      `bitql_node_blocks{${of}} 840000`,
      `bitql_node_headers{${of}} 840002`,
      `bitql_node_best_block_timestamp_seconds{${of}} 1713571767`,
      `bitql_node_peers{${of},direction="inbound"} 12`,
      `bitql_node_peers{${of},direction="outbound"} 10`,
      `bitql_node_size_on_disk_bytes{${of}} 640000000000`,
      `bitql_node_storage_used_ratio{${of}} 0.61`,
      `bitql_node_split_depth_blocks{${of}} 2`,
      `bitql_index_height{${of}} 839990`,
      `bitql_index_lag_blocks{${of}} 10`,
      `bitql_index_replicas{${of},component="indexer"} 2`,
      `bitql_index_replicas{${of},component="gateway"} 3`,
      `bitql_index_ready_replicas{${of},component="indexer"} 1`,
      `bitql_index_ready_replicas{${of},component="gateway"} 3`,
      `bitql_trigger_handled_height{${of}} 840000`,
      `bitql_trigger_created_total{${of}} 7`,
      `bitql_trigger_skipped_total{${of}} 2`,
      `bitql_trigger_orphaned_total{${of}} 1`,
    ].sort(),
  );
});

it('reports nothing before a status says it', async () => {
  const fresh = ['BitcoinNode', 'BitcoinIndex', 'BlockTrigger'].map((kind) => object(kind, {}));
  const told = (await scraped(fresh)).map((line) => /^\w+/.exec(line)![0]);
  expect(new Set(told)).toEqual(new Set(['bitql_resource_running']));
  expect(await scraped([])).toEqual([]);
});

it('has a sample of every metric in one of these objects', async () => {
  const names = (await scraped([NODE, INDEX, TRIGGER])).map((line) => /^\w+/.exec(line)![0]);
  expect(new Set(names)).toEqual(new Set(Object.keys(RESOURCE_METRICS)));
});

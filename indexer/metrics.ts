import type { Registry } from 'prom-client';
import { Collector, type MetricText, one, type Samples } from '../src/metrics/collector.ts';
import { type IndexingProgress, STAGES } from './progress.ts';

/** Every metric of the indexer. Counters start at 0 when indexing starts. */
export const INDEXER_METRICS = {
  bitql_indexer_height: { type: 'gauge', help: 'Height of the highest indexed block.' },
  bitql_indexer_lowest_height: {
    type: 'gauge',
    help: 'Height of the lowest indexed block. It decreases while history is indexed.',
  },
  bitql_indexer_node_height: { type: 'gauge', help: "Height of the node's highest block." },
  bitql_indexer_transactions_total: { type: 'counter', help: 'Transactions written to the store.' },
  bitql_indexer_transactions_left: {
    type: 'gauge',
    help: "Transactions in the node's chain that are not indexed yet. Absent if the node does not report their number.",
  },
  bitql_indexer_blocks_to_fill: {
    type: 'gauge',
    help: 'Indexed blocks that lack kinds of postings (--index). It decreases while these are added.',
  },
  bitql_indexer_lookups_total: {
    type: 'counter',
    help: 'Transactions read from the store to find a spent output that was not in memory (--cache).',
  },
  bitql_indexer_stage_seconds_total: {
    type: 'counter',
    labels: ['stage'],
    help: `Time spent by each stage of indexing: ${STAGES.join(', ')}.`,
  },
} as const satisfies Record<string, MetricText>;

type IndexerMetric = keyof typeof INDEXER_METRICS;

/** Registers the indexer's metrics, which show the latest progress when they are scraped. */
export function registerIndexerMetrics(registry: Registry, latest: () => IndexingProgress | null): void {
  const collector = new Collector(registry, INDEXER_METRICS);
  for (const name of Object.keys(INDEXER_METRICS) as IndexerMetric[]) {
    collector.collect(name, () => {
      const progress = latest();
      return progress === null ? [] : samplesOf(name, progress);
    });
  }
}

function samplesOf(name: IndexerMetric, progress: IndexingProgress): Samples {
  switch (name) {
    case 'bitql_indexer_height':
      return one(progress.height);
    case 'bitql_indexer_lowest_height':
      return one(progress.lowest);
    case 'bitql_indexer_node_height':
      return one(progress.target);
    case 'bitql_indexer_transactions_total':
      return one(progress.transactions);
    case 'bitql_indexer_transactions_left':
      return one(progress.transactionsLeft);
    case 'bitql_indexer_blocks_to_fill':
      return one(progress.blocksToFill);
    case 'bitql_indexer_lookups_total':
      return one(progress.lookups);
    case 'bitql_indexer_stage_seconds_total':
      return STAGES.map((stage) => [{ stage }, progress.stages[stage] / 1_000]);
  }
}

import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricText } from '../src/metrics/metric-text.ts';
import type { Progress } from './progress/progress.ts';
import { STAGES } from './progress/stages.ts';

/** Every metric of the indexer. A counter begins anew when indexing does. */
export const INDEXER_METRICS = {
  bitql_indexer_height: { type: 'gauge', help: 'The highest indexed block.' },
  bitql_indexer_lowest_height: {
    type: 'gauge',
    help: 'The lowest indexed block: goes down while history is filled in.',
  },
  bitql_indexer_node_height: { type: 'gauge', help: "The node's highest block." },
  bitql_indexer_transactions_total: { type: 'counter', help: 'Transactions written to the store.' },
  bitql_indexer_transactions_left: {
    type: 'gauge',
    help: "Transactions that the node's chain has and the index lacks; absent where the node cannot tell.",
  },
  bitql_indexer_lookups_total: {
    type: 'counter',
    help: 'Transactions read from the store since an output of theirs was spent: what --cache could not hold.',
  },
  bitql_indexer_stage_seconds_total: {
    type: 'counter',
    labels: ['stage'],
    help: `What indexing spends its time on: ${STAGES.join(', ')}.`,
  },
} as const satisfies Record<string, MetricText>;

export type IndexerMetric = keyof typeof INDEXER_METRICS;

/** Registers the indexer's metrics, which tell of the latest progress when they are asked for. */
export function registerIndexerMetrics(registry: Registry, latest: () => Progress | null): void {
  for (const [name, { type, help, ...rest }] of Object.entries(INDEXER_METRICS)) {
    const labelNames = 'labels' in rest ? [...rest.labels] : [];
    const options = { name, help, labelNames, registers: [registry] };
    const metric = type === 'counter' ? new Counter(options) : new Gauge(options);
    // prom-client calls this at each scrape.
    Object.assign(metric, {
      collect() {
        metric.reset();
        const progress = latest();
        if (progress === null) return;
        for (const [labels, value] of valuesOf(name as IndexerMetric, progress)) metric.inc(labels, value);
      },
    });
  }
}

type Values = readonly (readonly [labels: Record<string, string>, value: number])[];

function valuesOf(name: IndexerMetric, progress: Progress): Values {
  const one = (value: number | null): Values => (value === null ? [] : [[{}, value]]);
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
    case 'bitql_indexer_lookups_total':
      return one(progress.lookups);
    case 'bitql_indexer_stage_seconds_total':
      return STAGES.map((stage) => [{ stage }, progress.stages[stage] / 1_000]);
  }
}

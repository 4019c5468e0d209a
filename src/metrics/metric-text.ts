/** What is written about a metric, in its scrape and in docs/metrics.md. */
export interface MetricText {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
}

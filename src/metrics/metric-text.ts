/** What is written about a metric, in its scrape and in README.md. */
export interface MetricText {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
}

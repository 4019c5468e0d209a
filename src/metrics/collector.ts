import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import { packageVersion } from '../package-root.ts';

/** The description of a metric, in its scrape and in docs/metrics.md. */
export interface MetricText {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
}

/** A value of a metric, by its labels. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];
export type Samples = readonly Sample[];

/** Registers the metrics of one table, by their names in it. */
export class Collector<Name extends string> {
  readonly #registry: Registry;
  readonly #texts: Readonly<Record<Name, MetricText>>;

  constructor(registry: Registry, texts: Readonly<Record<Name, MetricText>>) {
    this.#registry = registry;
    this.#texts = texts;
  }

  counter(name: Name): Counter {
    return new Counter(this.#options(name));
  }

  gauge(name: Name): Gauge {
    return new Gauge(this.#options(name));
  }

  /** @param buckets upper bounds, in seconds, ascending */
  histogram(name: Name, buckets: readonly number[]): Histogram {
    return new Histogram({ ...this.#options(name), buckets: [...buckets] });
  }

  /** A counter or a gauge whose samples are read at each scrape, and replace the earlier ones. */
  collect(name: Name, samples: () => Samples | Promise<Samples>): void {
    const metric = this.#texts[name].type === 'counter' ? this.counter(name) : this.gauge(name);
    // prom-client calls this at each scrape.
    Object.assign(metric, {
      async collect() {
        const now = await samples();
        metric.reset();
        for (const [labels, value] of now) metric.inc(labels, value);
      },
    });
  }

  #options(name: Name) {
    const { help, labels = [] } = this.#texts[name];
    return { name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}

/** The sample of a metric without labels; none for null. */
export function one(value: number | null | undefined): Samples {
  return value == null ? [] : [[{}, value]];
}

/** The samples of a metric with one label, by its value. */
export function perLabel(label: string, values: Readonly<Record<string, number | undefined>>): Samples {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[{ [label]: name }, value]]));
}

/** The metrics of every process, beside those of Node itself. */
export const PROCESS_METRICS = {
  bitql_info: {
    type: 'gauge',
    labels: ['version'],
    help: 'Always 1; its label has the running version. process_start_time_seconds has the start time.',
  },
} as const satisfies Record<string, MetricText>;

export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  const { help, labels } = PROCESS_METRICS.bitql_info;
  const info = new Gauge({ name: 'bitql_info', help, labelNames: labels, registers: [registry] });
  info.set({ version: packageVersion() }, 1);
}

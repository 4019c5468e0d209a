import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { MetricText } from './metric-text.ts';

/** A value of a metric, by its labels. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];
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

  /** A counter or a gauge whose samples are asked for at each scrape: those of before are forgotten. */
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

/** Of a metric without labels; none where there is no value. */
export function one(value: number | null | undefined): Samples {
  return value == null ? [] : [[{}, value]];
}

/** Of a metric with one label: a value for each that it has. */
export function perLabel(label: string, values: Readonly<Record<string, number | undefined>>): Samples {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[{ [label]: name }, value]]));
}

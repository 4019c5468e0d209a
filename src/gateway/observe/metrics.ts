import { createHash } from 'node:crypto';
import type { Counter, Histogram, Registry } from 'prom-client';
import { Collector, type MetricText, one, perLabel, type Samples } from '../../metrics/collector.ts';
import type { GatewayStatus } from './gateway-status.ts';
import type { Answered, GatewayObserver, StoreCall } from './observer.ts';

/** Every metric of a gateway. */
export const GATEWAY_METRICS = {
  bitql_gateway_requests_total: {
    type: 'counter',
    labels: ['transport', 'outcome'],
    help: 'Requests by transport (http, sse, websocket) and outcome (OK, or the code of the first error). A subscription counts once, when it is opened.',
  },
  bitql_gateway_request_seconds: {
    type: 'histogram',
    labels: ['transport'],
    help: 'Duration of requests; for subscriptions, until they were open.',
  },
  bitql_gateway_operations_total: {
    type: 'counter',
    labels: ['operation'],
    help: "Requests by operation: 8 hexadecimal digits of the SHA-256 of the operation's name, none (no name), or other (beyond 100 names).",
  },
  bitql_gateway_operation_seconds_total: {
    type: 'counter',
    labels: ['operation'],
    help: 'Total duration of those requests.',
  },
  bitql_gateway_cost_total: { type: 'counter', help: 'Points that requests cost their callers.' },
  bitql_gateway_subscriptions: { type: 'gauge', labels: ['transport'], help: 'Open subscriptions.' },
  bitql_gateway_events_total: { type: 'counter', labels: ['transport'], help: 'Events sent to subscribers.' },
  bitql_gateway_slow_readers_total: {
    type: 'counter',
    labels: ['transport'],
    help: 'Connections closed because the client did not read what it was sent.',
  },
  bitql_gateway_connections: { type: 'gauge', help: 'Open connections.' },
  bitql_gateway_connections_refused_total: {
    type: 'counter',
    help: 'Connections refused because the limit of open files, or the limit of connections per address, was reached.',
  },
  bitql_gateway_height: { type: 'gauge', help: 'Height of the highest block in the answers of queries.' },
  bitql_gateway_lag_blocks: {
    type: 'gauge',
    help: 'Number of blocks that the node has and the index does not have yet.',
  },
  bitql_gateway_store_calls_total: {
    type: 'counter',
    labels: ['call', 'outcome'],
    help: 'Calls to the store: read (of several tables at once) or readState, by outcome: answered or failed.',
  },
  bitql_gateway_store_seconds: { type: 'histogram', labels: ['call'], help: 'Duration of calls to the store.' },
} as const satisfies Record<string, MetricText>;

type GatewayMetric = keyof typeof GATEWAY_METRICS;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The most names of operations: clients may send any name, and any number of them. */
const MAX_OPERATIONS = 100;

/** Keeps the metrics of the gateway of a process. */
export class GatewayMetrics implements GatewayObserver {
  readonly #collector: Collector<GatewayMetric>;
  readonly #requests: Counter;
  readonly #requestSeconds: Histogram;
  readonly #operations: Counter;
  readonly #operationSeconds: Counter;
  readonly #cost: Counter;
  readonly #storeCalls: Counter;
  readonly #storeSeconds: Histogram;
  /** Labels of operations, by the names that clients gave them. */
  readonly #labels = new Map<string, string>();

  constructor(registry: Registry) {
    this.#collector = new Collector(registry, GATEWAY_METRICS);
    this.#requests = this.#collector.counter('bitql_gateway_requests_total');
    this.#requestSeconds = this.#collector.histogram('bitql_gateway_request_seconds', SECONDS);
    this.#operations = this.#collector.counter('bitql_gateway_operations_total');
    this.#operationSeconds = this.#collector.counter('bitql_gateway_operation_seconds_total');
    this.#cost = this.#collector.counter('bitql_gateway_cost_total');
    this.#storeCalls = this.#collector.counter('bitql_gateway_store_calls_total');
    this.#storeSeconds = this.#collector.histogram('bitql_gateway_store_seconds', SECONDS);
  }

  answered({ transport, outcome, operation, seconds, cost }: Answered): void {
    this.#requests.inc({ transport, outcome });
    if (seconds !== null) {
      const labels = { operation: this.#label(operation) };
      this.#requestSeconds.observe({ transport }, seconds);
      this.#operations.inc(labels);
      this.#operationSeconds.inc(labels, seconds);
    }
    if (cost !== null) this.#cost.inc(cost);
  }

  storeCalled(call: StoreCall, seconds: number, isAnswered: boolean): void {
    this.#storeCalls.inc({ call, outcome: isAnswered ? 'answered' : 'failed' });
    this.#storeSeconds.observe({ call }, seconds);
  }

  /** Reads the current state of a gateway whenever the metrics are read. */
  follow(status: () => Promise<GatewayStatus>): void {
    const collect = (name: GatewayMetric, of: (status: GatewayStatus) => Samples) =>
      this.#collector.collect(name, async () => of(await status()));
    const perTransport = (counts: Readonly<Record<string, number>>) => perLabel('transport', counts);
    collect('bitql_gateway_subscriptions', ({ subscriptions }) => perTransport(subscriptions.counts));
    collect('bitql_gateway_events_total', ({ subscriptions }) => perTransport(subscriptions.events));
    collect('bitql_gateway_slow_readers_total', ({ subscriptions }) => perTransport(subscriptions.slow));
    collect('bitql_gateway_connections', ({ connections }) => one(connections.open));
    collect('bitql_gateway_connections_refused_total', ({ connections }) => one(connections.refused));
    collect('bitql_gateway_height', ({ height }) => one(height));
    collect('bitql_gateway_lag_blocks', ({ lag }) => one(lag));
  }

  #label(operation: string | null): string {
    if (operation === null) return 'none';
    const known = this.#labels.get(operation);
    if (known !== undefined) return known;
    if (this.#labels.size >= MAX_OPERATIONS) return 'other';
    const label = createHash('sha256').update(operation).digest('hex').slice(0, 8);
    this.#labels.set(operation, label);
    return label;
  }
}

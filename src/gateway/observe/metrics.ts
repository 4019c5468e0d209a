import { createHash } from 'node:crypto';
import type { Counter, Histogram, Registry } from 'prom-client';
import { Collector, one, perLabel, type Samples } from '../../metrics/collector.ts';
import type { MetricText } from '../../metrics/metric-text.ts';
import type { GatewayStatus } from './gateway-status.ts';
import type { Answered, GatewayObserver, StoreCall } from './observer.ts';

/** Every metric of a gateway. */
export const GATEWAY_METRICS = {
  bitql_gateway_requests_total: {
    type: 'counter',
    labels: ['transport', 'outcome'],
    help: 'Requests over http, sse and websocket by how they ended: OK, or the code of their first error. A subscription counts when it is opened.',
  },
  bitql_gateway_request_seconds: {
    type: 'histogram',
    labels: ['transport'],
    help: 'How long requests took; of subscriptions, until they were open.',
  },
  bitql_gateway_operations_total: {
    type: 'counter',
    labels: ['operation'],
    help: 'Requests by the name that clients give their operation: 8 hex digits of its SHA-256, none, or other beyond 100 names.',
  },
  bitql_gateway_operation_seconds_total: {
    type: 'counter',
    labels: ['operation'],
    help: 'How long they took together.',
  },
  bitql_gateway_cost_total: { type: 'counter', help: 'What requests cost their callers.' },
  bitql_gateway_subscriptions: { type: 'gauge', labels: ['transport'], help: 'Open subscriptions.' },
  bitql_gateway_events_total: { type: 'counter', labels: ['transport'], help: 'Events that subscribers were told.' },
  bitql_gateway_slow_readers_total: {
    type: 'counter',
    labels: ['transport'],
    help: 'Connections that were ended since what was sent was not taken.',
  },
  bitql_gateway_connections: { type: 'gauge', help: 'Open connections.' },
  bitql_gateway_connections_refused_total: {
    type: 'counter',
    help: 'Connections that were refused: as many were open as the limit of open files allows, or of one address as one may have.',
  },
  bitql_gateway_height: { type: 'gauge', help: 'The highest block that queries show.' },
  bitql_gateway_lag_blocks: { type: 'gauge', help: 'Blocks that the node has and the index has not.' },
  bitql_gateway_store_calls_total: {
    type: 'counter',
    labels: ['call', 'outcome'],
    help: 'Calls of the store: read (of several tables at once), readState; answered or failed.',
  },
  bitql_gateway_store_seconds: { type: 'histogram', labels: ['call'], help: 'How long the store took to answer.' },
} as const satisfies Record<string, MetricText>;

type GatewayMetric = keyof typeof GATEWAY_METRICS;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Clients may give any name, and as many as they like. */
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
  /** Operations by the names that clients gave them. */
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

  /** Tells what a gateway says of itself, whenever that is asked for. */
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

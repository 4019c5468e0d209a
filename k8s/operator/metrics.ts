import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Collector, type MetricText, perLabel } from '../../src/metrics/collector.ts';
import type { OperatorObserver, ReconcileOutcome, WatchEnd } from './runtime/observer.ts';

/** All metrics of the operator process. */
export const OPERATOR_METRICS = {
  bitql_operator_leader: { type: 'gauge', help: 'Whether this process leads (1) or stands by (0).' },
  bitql_operator_objects: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Kubernetes objects known to the operator, by kind.',
  },
  bitql_operator_queue_depth: { type: 'gauge', labels: ['kind'], help: 'Objects waiting to be reconciled.' },
  bitql_operator_queue_adds_total: { type: 'counter', labels: ['kind'], help: 'Objects added to the queue.' },
  bitql_operator_reconciles_total: {
    type: 'counter',
    labels: ['kind', 'outcome'],
    help: 'Reconciles by outcome: done; conflict (another client changed or deleted the object meanwhile); stopped (the operator was stopping); failed.',
  },
  bitql_operator_reconcile_seconds: { type: 'histogram', labels: ['kind'], help: 'Duration of reconciles.' },
  bitql_operator_watches_ended_total: {
    type: 'counter',
    labels: ['kind', 'reason'],
    help: 'Watches that ended and were started again, by reason: closed (regular end), idle (nothing received), expired (all objects are listed again), error.',
  },
  bitql_operator_api_calls_total: {
    type: 'counter',
    labels: ['method', 'code'],
    help: 'Calls to the Kubernetes API by HTTP status; none if there was no answer.',
  },
  bitql_operator_api_seconds: {
    type: 'histogram',
    labels: ['method'],
    help: 'Duration of calls to the Kubernetes API; for watches, until they were open.',
  },
} as const satisfies Record<string, MetricText>;

type OperatorMetric = keyof typeof OPERATOR_METRICS;

/** What each scrape reads from the operator, by kind. */
interface Status {
  readonly depths: Readonly<Record<string, number>>;
  readonly objects: Readonly<Record<string, number>>;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180];

/** The metrics of the operator process. */
export class OperatorMetrics implements OperatorObserver {
  readonly #collector: Collector<OperatorMetric>;
  readonly #leader: Gauge;
  readonly #adds: Counter;
  readonly #reconciles: Counter;
  readonly #reconcileSeconds: Histogram;
  readonly #watchesEnded: Counter;
  readonly #calls: Counter;
  readonly #callSeconds: Histogram;

  constructor(registry: Registry) {
    this.#collector = new Collector(registry, OPERATOR_METRICS);
    this.#leader = this.#collector.gauge('bitql_operator_leader');
    this.#adds = this.#collector.counter('bitql_operator_queue_adds_total');
    this.#reconciles = this.#collector.counter('bitql_operator_reconciles_total');
    this.#reconcileSeconds = this.#collector.histogram('bitql_operator_reconcile_seconds', SECONDS);
    this.#watchesEnded = this.#collector.counter('bitql_operator_watches_ended_total');
    this.#calls = this.#collector.counter('bitql_operator_api_calls_total');
    this.#callSeconds = this.#collector.histogram('bitql_operator_api_seconds', SECONDS);
  }

  called(method: string, code: string, seconds: number): void {
    this.#calls.inc({ method, code });
    this.#callSeconds.observe({ method }, seconds);
  }

  watchEnded(kind: string, reason: WatchEnd): void {
    this.#watchesEnded.inc({ kind, reason });
  }

  enqueued(kind: string): void {
    this.#adds.inc({ kind });
  }

  reconciled(kind: string, outcome: ReconcileOutcome, seconds: number): void {
    this.#reconciles.inc({ kind, outcome });
    this.#reconcileSeconds.observe({ kind }, seconds);
  }

  leads(isLeader: boolean): void {
    this.#leader.set(isLeader ? 1 : 0);
  }

  /** Reports these figures of an operator at each scrape. */
  follow(status: () => Status): void {
    this.#collector.collect('bitql_operator_queue_depth', () => perLabel('kind', status().depths));
    this.#collector.collect('bitql_operator_objects', () => perLabel('kind', status().objects));
  }
}

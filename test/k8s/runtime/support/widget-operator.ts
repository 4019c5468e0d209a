import { pino } from 'pino';
import { Operator, type OperatorOptions } from '../../../../k8s/operator/operator.ts';
import { ApiConnection } from '../../../../k8s/operator/runtime/api-connection.ts';
import { loadKubeConfig } from '../../../../k8s/operator/runtime/kube-config.ts';
import { NO_OPERATOR_OBSERVER } from '../../../../k8s/operator/runtime/observer.ts';
import type { Reconciler } from '../../../../k8s/operator/runtime/reconciler.ts';
import type { Widget } from './widget.ts';

export interface WidgetOperatorOptions extends Partial<Omit<OperatorOptions, 'connection' | 'reconcilers'>> {
  readonly kubeconfig: string;
  readonly deadlineMs?: number;
}

/** The times of a real operator, but shorter. */
export const QUICK = { backoff: { firstMs: 100, longestMs: 1_000 }, idleMs: 3_000 };

/** An operator in this process. */
export class WidgetOperator implements AsyncDisposable {
  readonly operator: Operator;
  readonly #stop = new AbortController();
  /** Resolves when it has ended: to null, or to the error. */
  readonly ended: Promise<Error | null>;
  result: Error | null | undefined;

  constructor(reconciler: Reconciler<Widget>, { kubeconfig, deadlineMs = 5_000, ...options }: WidgetOperatorOptions) {
    const observer = options.observer ?? NO_OPERATOR_OBSERVER;
    this.operator = new Operator({
      connection: new ApiConnection(loadKubeConfig(kubeconfig, {}), observer, deadlineMs),
      reconcilers: [reconciler],
      namespaces: null,
      election: null,
      identity: 'test',
      log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }, pino.destination(2)),
      times: QUICK,
      ...options,
      observer,
    });
    this.ended = this.operator.run(this.#stop.signal).then(
      () => null,
      (error: unknown) => error as Error,
    );
    void this.ended.then((result) => {
      this.result = result;
    });
  }

  stop(): Promise<Error | null> {
    this.#stop.abort();
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

import { pino } from 'pino';
import { IndexReconciler } from '../../../../k8s/operator/index/reconciler.ts';
import { NodeReconciler } from '../../../../k8s/operator/node/reconciler.ts';
import { Operator } from '../../../../k8s/operator/operator.ts';
import { ApiConnection } from '../../../../k8s/operator/runtime/api-connection.ts';
import { loadKubeConfig } from '../../../../k8s/operator/runtime/kube-config.ts';
import { NO_OPERATOR_OBSERVER } from '../../../../k8s/operator/runtime/observer.ts';

export const IMAGE = 'registry.example/bitql:1.0.0';

/** An operator for nodes and indexes, in this process. It polls often, so that tests are quick. */
export class IndexOperator implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  /** @param rememberMs how long a read Secret is remembered */
  constructor(kubeconfig: string, namespaces: readonly string[], image: string | null = IMAGE, rememberMs = 1_000) {
    const operator = new Operator({
      connection: new ApiConnection(loadKubeConfig(kubeconfig, {}), NO_OPERATOR_OBSERVER),
      reconcilers: [new NodeReconciler({ pollMs: 500, atTipMs: 500 }), new IndexReconciler({ image, pollMs: 500 })],
      namespaces,
      election: null,
      identity: 'test',
      log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }, pino.destination(2)),
      observer: NO_OPERATOR_OBSERVER,
      times: { backoff: { firstMs: 100, longestMs: 1_000 }, rememberMs },
    });
    this.#ended = operator.run(this.#stop.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

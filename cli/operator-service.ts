import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { OperatorMetrics } from '../k8s/operator/metrics.ts';
import { type Health, Operator, reconcilers, serveHealth } from '../k8s/operator/operator.ts';
import { registerResourceMetrics } from '../k8s/operator/resource-metrics.ts';
import { ApiConnection, RateLimit } from '../k8s/operator/runtime/api-connection.ts';
import { loadKubeConfig, ownNamespace } from '../k8s/operator/runtime/kube-config.ts';
import type { ElectionOptions } from '../k8s/operator/runtime/lease-elector.ts';
import { NO_OPERATOR_OBSERVER } from '../k8s/operator/runtime/observer.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import type { ServerAddress } from '../src/text-server.ts';
import type { OPERATOR_SETTINGS } from './command-settings.ts';
import { createLog } from './log.ts';
import { openMetrics } from './service.ts';
import { StopRequest } from './stop.ts';
import type { Terminal } from './terminal.ts';

/** The longest time of a call of the API. */
const API_DEADLINE_MS = 15_000;

type OperatorSettings = ValuesOf<typeof OPERATOR_SETTINGS>;

/** Runs the operator until the user stops it. @returns the exit code */
export async function runOperator(options: OperatorSettings, terminal: Terminal): Promise<number> {
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  const config = loadKubeConfig(options.kubeconfig, process.env);
  await using opened = new AsyncDisposableStack();
  const { signal } = opened.use(new StopRequest(() => log.info('Stopping; Ctrl-C again to stop at once.')));
  const registry = await openMetrics(options.metrics, log, opened);
  const metrics = registry === null ? null : new OperatorMetrics(registry);
  const observer = metrics ?? NO_OPERATOR_OBSERVER;
  const connection = new ApiConnection(config, observer, API_DEADLINE_MS, new RateLimit(options.apiRate));
  const identity = `${hostname()}_${randomUUID()}`;
  const operator = new Operator({
    connection,
    reconcilers: reconcilers({ image: options.image, triggerKinds: options.triggerKinds }),
    namespaces: options.namespaces,
    election: electionOf(options, identity),
    identity: hostname(),
    workers: options.workers,
    probes: options.probes,
    log,
    observer,
  });
  metrics?.follow(() => operator.status());
  if (registry !== null) registerResourceMetrics(registry, () => operator.objects());
  log.info(`Managing ${options.namespaces?.join(', ') ?? 'all namespaces'} of ${connection.server}.`);
  await openHealth(operator, options.health, log, opened);
  await operator.run(signal);
  return 0;
}

function electionOf({ leaseName, leaseNamespace }: OperatorSettings, identity: string): ElectionOptions | null {
  if (leaseName === 'none') return null;
  return { name: leaseName, namespace: leaseNamespace ?? ownNamespace() ?? 'default', identity };
}

/** Serves the probes of a Pod, if there is an address for them. @param opened closes the server */
async function openHealth(
  health: Health,
  address: ServerAddress | null,
  log: Logger,
  opened: AsyncDisposableStack,
): Promise<void> {
  if (address === null) return;
  const server = await serveHealth(health, address);
  opened.defer(() => server.close());
  log.info(`Health is at ${server.url}/livez and /readyz.`);
}

import { pino } from 'pino';
import { WidgetReconciler } from './widget.ts';
import { WidgetOperator } from './widget-operator.ts';

/**
 * An operator in its own process, which can be killed and paused: KUBECONFIG NAMESPACE IDENTITY. It exits with 0, or
 * with 1 and the code of the error.
 */
const [kubeconfig = '', namespace = '', identity = ''] = process.argv.slice(2);
const operator = new WidgetOperator(new WidgetReconciler(), {
  kubeconfig,
  namespaces: [namespace],
  election: { namespace, name: 'leader', identity, times: { leaseMs: 3_000, renewDeadlineMs: 2_000, retryMs: 500 } },
  log: pino(pino.destination(1)),
});
process.on('SIGTERM', () => void operator.stop());
const failure = await operator.ended;
if (failure !== null) console.log('code' in failure ? failure.code : failure);
process.exit(failure === null ? 0 : 1);
